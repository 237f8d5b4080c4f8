//! What only the code says: names of variables, routes, files and servers.

use crate::look::{SERVER, look, short, trap};

trap! {
    one_database_with_two_names: [
        ("Procfile", "web: node web.js\n"),
        ("package.json", r#"{"dependencies": {"express": "3", "pg": "4"}, "engines": {"node": "0.10.x"}}"#),
        ("npm-shrinkwrap.json", "{}"),
        ("web.js", "app.get('/', function(req, res) { res.send('Hello'); });\napp.listen(process.env.PORT || 5000);\n"),
        ("db.js", "module.exports = process.env.HEROKU_POSTGRESQL_NAVY_URL;\n"),
        ("sendReminders.js", "connect(process.env.DATABASE_URL);\n"),
    ],
    times_of_a_table_in_the_readme: [
        ("Procfile", "web: node web.js\n"),
        ("package.json", r#"{"scripts": {"dbsetup": "node utils/createTables.js", "loaddata": "node load.js"}, "dependencies": {"express": "4", "pg": "8"}}"#),
        ("web.js", SERVER),
        (".env.sample", "DATABASE_URL=postgres://localhost:5432/court\nTZ=America/Anchorage\n"),
        ("README.md", "Use the scheduler addon:\n\n| task | often | at |\n| `node runners/load.js` | Daily | 8am |\n| `node runners/unmatched.js` | Daily | 5:30pm |\n"),
    ],
    a_cache_is_no_state_and_a_variable_stands_before_the_route: [
        ("Gemfile", "ruby '2.7.5'\ngem 'rails'\ngem 'pg'\ngem 'dalli'\n"),
        ("config/application.rb", ""),
        ("config/application.example.yml", "API_PATH: api\nSECRET_TOKEN: abc\n"),
        ("config/routes.rb", "Rails.application.routes.draw do\n  namespace :api, path: ENV.fetch('API_PATH', nil) do\n    get '.well-known/status' => 'status#check'\n  end\nend\n"),
        ("app/controllers/status_controller.rb", "render json: 'ok'\n"),
    ],
    two_parts_and_their_own_name_for_the_port: [
        ("backend/package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "mongoose": "6", "node-cron": "3"}, "engines": {"node": "18"}}"#),
        ("backend/server.js", "app.use('/api/health', healthRouter);\napp.listen(process.env.BACKEND_PORT || 4000);\n"),
        ("backend/routes/health.js", "router.get('/status', (req, res) => res.send('ok'));\n"),
        ("backend/.env.example", "DATABASE_URL=mongodb://localhost/x\n"),
        ("client/package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}"#),
        ("client/index.html", "<html>"),
    ],
    a_start_page_that_calls_others_is_not_asked: [
        ("Gemfile", "gem 'rails'\n"),
        ("config/application.rb", ""),
        ("config/routes.rb", "Rails.application.routes.draw do\n  root to: 'home#index'\nend\n"),
        ("app/controllers/home_controller.rb", "def index\n  @map = HTTParty.get('https://paid.example')\nend\n"),
    ],
    the_start_of_a_router_is_not_that_of_the_app: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", "app.use('/users', usersRouter);\napp.listen(3000);\n"),
        ("routes/users.js", "router.get('/', (req, res) => res.send('users'));\n"),
    ],
    a_bot_answers_nobody_and_a_decoy_is_no_database: [
        ("Procfile", "web: bin/scout\n"),
        ("go.mod", "module scout\ngo 1.13\nrequire (\n github.com/bwmarrin/discordgo v0.20.2\n github.com/jinzhu/gorm v1.9.12\n github.com/lib/pq v1.1.1\n github.com/mattn/go-sqlite3 v2.0.1 // indirect\n)\n"),
        ("main.go", "package main\nimport _ \"github.com/jinzhu/gorm/dialects/postgres\"\nfunc main() {\n server = &http.Server{Addr: \":3000\", Handler: http.HandlerFunc(handle)}\n server.ListenAndServe()\n}\n"),
    ],
    migrations_in_a_hook_of_the_release: [
        ("mix.exs", "def project do\n [app: :court, elixir: \"~> 1.7\"]\nend\ndef application, do: [mod: {Court, []}]\ndefp deps do\n [{:phoenix, \"~> 1.4\"}, {:postgrex, \">= 0.0.0\"}, {:distillery, \"~> 2.0\"}, {:sched_ex, \"~> 1.0\"}]\nend\n"),
        (".tool-versions", "elixir 1.8.1-otp-21\n"),
        ("config/prod.exs", "port: System.get_env(\"PORT\") || 4000\n"),
        ("lib/court_web/router.ex", "get(\"/health\", HealthController, :health)\nget(\"/texts\", TwilioController, :x)\n"),
        ("lib/court_web/health_controller.ex", "send_resp(conn, :ok, \"\")\n"),
        ("priv/repo/migrations/1.exs", ""),
        ("rel/hooks/pre_start/migrate.sh", "bin/court migrate\n"),
    ],
    keys_and_sessions_on_the_disk: [
        ("composer.json", "{\n\"require\": {\n\"php\": \"^7.2.5\",\n\"laravel/framework\": \"^7\",\n\"laravel/passport\": \"^9\"}}"),
        ("artisan", ""),
        ("public/index.php", "<?php"),
        ("config/database.php", "'default' => env('DB_CONNECTION', 'mysql'),\n"),
        ("routes/web.php", "Route::get('/', function () {\n  return view('welcome');\n});\n"),
        ("package.json", r#"{"scripts": {"prod": "mix --production"}, "devDependencies": {"laravel-mix": "5"}}"#),
    ],
    names_in_small_letters: [
        ("Gemfile", "ruby '2.3.1'\ngem 'sinatra'\n"),
        ("config.ru", "run App\n"),
        ("app.rb", "enable :sessions\nsid = ENV['account_sid']\nget '/' do\n  'hello'\nend\n"),
    ],
    a_database_whose_address_is_in_the_code: [
        ("build.gradle", "plugins {\n id 'org.springframework.boot' version '3.5.0'\n}\ndependencies {\n runtimeOnly 'org.postgresql:postgresql'\n}\n"),
        ("src/main/java/App.java", "@SpringBootApplication\nclass App {}\n"),
        ("src/main/java/Page.java", "@GetMapping(\"/\")\nString start() { return \"start\"; }\n"),
        ("src/main/resources/application.yaml", "spring:\n  datasource:\n    url: jdbc:postgresql://localhost:5432/x\n"),
    ],
    a_tool_around_another_tool: [
        ("package.json", r#"{"main": "src/index.js", "scripts": {"start": "nodemon --exec babel-node src/index.js"}, "dependencies": {"express": "4", "pg": "8"}}"#),
        ("src/index.js", "import express from 'express';\nconst app = express();\napp.listen(process.env.PORT || 3001);\n"),
    ],
    an_index_that_is_the_only_store: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "@elastic/elasticsearch": "8", "@aws-sdk/client-s3": "3"}}"#),
        ("server.js", SERVER),
    ],
    uploads_that_stay_in_memory: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "multer": "1", "pg": "8"}}"#),
        ("server.js", "const up = multer({ storage: multer.memoryStorage() });\napp.listen(3000);\n"),
    ],
    a_bot_with_a_brain: [
        ("Procfile", "web: bin/hubot --adapter slack $PORT\n"),
        ("package.json", r#"{"dependencies": {"hubot": "2", "hubot-redis-brain": "0.0.3"}, "engines": {"node": "8.16.x"}}"#),
    ],
    no_manifest_but_meteor: [
        (".meteor/release", "METEOR@1.2\n"),
        (".meteor/packages", "meteor-base\nmongo\n"),
        ("client/a.js", "x\n"),
    ],
    a_project_of_several_projects: [
        ("App.sln", ""),
        ("Web/Web.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\"><PropertyGroup><TargetFramework>net8.0</TargetFramework></PropertyGroup></Project>"),
        ("Data/Data.csproj", "<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup><PackageReference Include=\"Npgsql\" Version=\"8\" /></ItemGroup></Project>"),
    ],
    pages_that_are_made_beforehand: [
        ("package.json", r#"{"scripts": {"build": "next build", "start": "next start"}, "dependencies": {"next": "15"}}"#),
        ("next.config.js", "module.exports = { output: 'export' };\n"),
        ("pages/index.js", "x\n"),
    ],
    a_python_package_is_refused: [
        ("setup.py", "setup(name='triage', classifiers=['Programming Language :: Python :: 3'], install_requires=['sqlalchemy'])\n"),
        ("Dockerfile", "FROM python:3.8\nENTRYPOINT [ \"triage\" ]\n"),
        ("src/triage/cli.py", "x\n"),
    ],
    a_theme_is_refused: [
        ("style.css", "/*\nTheme Name: Brigade\n*/\n"),
        ("functions.php", "<?php"),
        ("index.php", "<?php"),
    ],
}
