//! Packaging that is there already: what it says, and where it must not be believed.

use crate::look::{SERVER, look, short, trap};

trap! {
    every_kind_of_packaging_at_once: [
        ("Procfile", "web: SETTINGS=./web.cfg ASSETS=./assets STREAMLIT_SERVER_PORT=$PORT streamlit run st_app.py\n"),
        ("requirements.txt", "-e .\n"),
        ("setup.py", "setup(name='model', install_requires=['streamlit'])\n"),
        ("runtime.txt", "python-3.7.6\n"),
        ("st_app.py", "import streamlit as st\n"),
        ("Dockerfile", "FROM python:3.8-slim\nENV PORT=8000\nCMD STREAMLIT_SERVER_PORT=$PORT streamlit run st_app.py\n"),
        ("Dockerfile.dash", "FROM python:3.8-slim\nCMD [\"python\", \"dash_app.py\"]\n"),
        ("helm-chart/Chart.yaml", "name: model\n"),
        ("helm-chart/templates/deployment.yaml", "readinessProbe:\n  httpGet:\n    path: /\n    port: http\n"),
        ("habitat/plan.sh", "pkg_name=model\n"),
    ],
    a_worker_a_cache_and_a_release_that_races: [
        ("Procfile", "release: flask db upgrade & flask clear-cache\nweb: gunicorn \"app:create_app()\"\nworker: flask celery worker\n"),
        ("requirements.txt", "flask\npsycopg2\nredis\ncelery\nflask-migrate\n"),
        ("app.json", r#"{"addons": ["heroku-postgresql:mini", "heroku-redis:mini", "scheduler:standard"], "env": {"SECRET_KEY": {"generator": "secret"}}, "scripts": {"postdeploy": "flask load-data-once"}}"#),
        ("app/__init__.py", "app = Flask(__name__)\n"),
    ],
    what_a_new_app_runs_once_may_drop_tables: [
        ("Procfile", "web: bundle exec puma -p $PORT\n"),
        ("Gemfile", "ruby '3.3.0'\ngem 'rails'\ngem 'pg'\ngem 'sidekiq'\n"),
        ("config/application.rb", ""),
        ("config/cable.yml", "production:\n  url: redis://localhost:6379/1\n"),
        ("db/seeds.rb", ""),
        ("app.json", r#"{"scripts": {"postdeploy": "bundle exec rake db:schema:load db:seed"}}"#),
    ],
    a_build_that_empties_the_database: [
        ("package.json", r#"{"scripts": {"start": "next start", "build": "prisma migrate reset --force && next build"}, "dependencies": {"next": "15", "@prisma/client": "6"}, "devDependencies": {"prisma": "6"}}"#),
        ("pages/index.js", "export default () => null;\n"),
        ("prisma/schema.prisma", "datasource db {\n  provider = \"postgresql\"\n}\n"),
        ("prisma/migrations/1/migration.sql", ""),
    ],
    a_monitor_around_the_server_is_no_tool_of_developers: [
        ("Procfile", "web: NEW_RELIC_CONFIG_FILE=n.ini newrelic-admin run-program gunicorn --workers 6 app:app\n"),
        ("requirements.txt", "flask\ngunicorn\n"),
        ("app.py", "app = Flask(__name__)\n\n@app.route('/')\ndef home():\n    return 'x'\n"),
    ],
    a_script_that_only_prepares_is_no_server: [
        ("Dockerfile", "FROM python:3.12\nENTRYPOINT [\"/srv/entrypoint.sh\"]\n"),
        ("entrypoint.sh", "#!/bin/sh\npython manage.py migrate\npython manage.py populatedb\nexec \"$@\"\n"),
        ("requirements.txt", "django\ngunicorn\n"),
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')"),
        ("court/wsgi.py", ""),
    ],
    a_script_that_seeds_at_each_start_is_not_taken: [
        ("Dockerfile", "FROM python:3.12\nENTRYPOINT [\"./entrypoint.sh\"]\n"),
        ("entrypoint.sh", "#!/bin/sh\nmake migrate\nmake seed_devices\ngunicorn court.wsgi --bind 0.0.0.0:8000 --reload\n"),
        ("requirements.txt", "django\ngunicorn\n"),
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')"),
        ("court/wsgi.py", ""),
    ],
    a_dockerfile_for_developers_starts_nothing: [
        ("Dockerfile", "FROM node:22\nRUN npm install -g heroku\nEXPOSE 3000\n"),
        ("Procfile", "release: python manage.py migrate\nweb: gunicorn server.wsgi\n"),
        ("package.json", r#"{"scripts": {"build": "npm run build -w client"}, "workspaces": ["client"]}"#),
        ("client/package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "6"}}"#),
        ("client/index.html", "<html>"),
        ("pyproject.toml", "[tool.poetry.dependencies]\npython = \"^3.13.1\"\ndjango = \"5\"\npsycopg2 = \"*\"\n"),
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'server.settings')"),
        ("server/settings.py", "STATIC_ROOT = 'x'\n"),
    ],
    waiting_for_the_database_is_no_server: [
        ("Dockerfile", "FROM ruby:3.4\nCMD wait-for-it db:5432 --strict -- bundle exec puma\n"),
        ("Gemfile", "gem 'rails'\n"),
        ("config/application.rb", ""),
    ],
    a_database_in_the_compose_file_alone: [
        ("compose.yaml", "services:\n  web:\n    build: .\n  db:\n    build:\n      dockerfile_inline: |\n        FROM postgres:17\n        RUN localedef x\n"),
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", SERVER),
    ],
    crontab_whenever_and_render_have_schedules: [
        ("Gemfile", "gem 'sinatra'\ngem 'whenever'\n"),
        ("config.ru", "run App\n"),
        ("crontab", "MAILTO=a@example.org\n*/5 * * * * bundle exec rake remind\n<%= x %>\n"),
        ("config/schedule.rb", "every 1.day, at: '4:30 am' do\n  rake 'clean'\nend\nevery :hour do\n  runner 'Load.new.run'\nend\n"),
        ("render.yaml", "services:\n  - type: web\n    healthCheckPath: /alive\n  - type: cron\n    schedule: \"0 8 * * *\"\n    startCommand: rake load\n"),
    ],
    a_manifest_stands_above_what_is_inferred: [
        ("civic.toml", "schema = 1\n\n[services.app]\nbuild = \".\"\ncommand = [\"node\", \"other.js\"]\nport = 4321\n\n[services.app.probes]\nready = { http = \"/fit\" }\n\n[services.cache]\nimage = \"valkey/valkey:8\"\n\n[volumes.photos]\nservice = \"app\"\npath = \"/app/kept/photos\"\nkind = \"durable\"\n\n[jobs.migrate]\nkind = \"release\"\nservice = \"app\"\ncommand = [\"node\", \"migrate.js\"]\n\n[jobs.remind]\nkind = \"cron\"\nservice = \"app\"\ncommand = [\"node\", \"remind.js\"]\nschedule = \"0 17 * * *\"\n"),
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "multer": "1"}}"#),
        ("server.js", "const up = multer({ dest: 'kept/photos' });\napp.listen(process.env.PORT || 3000);\n"),
    ],
    an_unfinished_manifest_counts_as_far_as_it_goes: [
        ("civic.toml", "[services.web\nbuild"),
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", SERVER),
    ],
}
