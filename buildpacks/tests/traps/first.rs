//! What every stack gets wrong at first.

use crate::look::{SERVER, look, short, trap};

trap! {
    a_procfile_is_read_line_by_line: [
        ("Procfile", "web: MODE=x node web.js --title a: b\nworker: node work.js\nrelease: node migrate.js & node warm.js\ncache: redis-server\n"),
        ("package.json", r#"{"dependencies": {"express": "4", "pg": "8"}, "engines": {"node": "16"}}"#),
        (".nvmrc", "18\n"),
        ("web.js", SERVER),
    ],
    npm_start_is_for_developers: [
        ("package.json", r#"{"scripts": {"start": "nodemon server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", SERVER),
    ],
    compose_drops_the_database_at_each_start: [
        ("package.json", r#"{"scripts": {"start": "npm run reset && node server.js", "reset": "sequelize db:drop && sequelize db:create"}, "dependencies": {"express": "4", "pg": "8"}}"#),
        ("compose.yaml", "services:\n  web:\n    build: .\n    command: sh -c './boot.sh && node server.js'\n    volumes: ['kept:/app/uploads']\n  db:\n    image: postgres:17\nvolumes: {kept: }\n"),
        ("boot.sh", "#!/bin/sh\nnpm run reset\n"),
        ("server.js", SERVER),
    ],
    database_url_may_be_mongo: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "mongoose": "8", "node-cron": "3"}, "devDependencies": {"pg": "8"}}"#),
        (".env.example", "DATABASE_URL=mongodb://user:pass@localhost/app\nAPI_TOKEN=abc\nTITLE=Clinic\n"),
        ("server.js", SERVER),
    ],
    uploads_are_state: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "multer": "1"}}"#),
        ("server.js", "const up = multer({ dest: 'kept/photos' });\napp.listen(3000);\n"),
    ],
    a_json_file_is_state: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", "fs.writeFileSync('./records.json', JSON.stringify(all));\napp.listen(3000);\n"),
    ],
    a_probe_must_not_call_others: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", "app.get('/health', async (req, res) => {\n  const paid = await axios.get('https://paid.example/ask');\n  res.json(paid);\n});\napp.listen(3000);\n"),
    ],
    an_actuator_may_be_off: [
        ("build.gradle", "plugins {\n id 'org.springframework.boot' version '3.5.0'\n}\ndependencies {\n implementation 'org.springframework.boot:spring-boot-starter-actuator'\n runtimeOnly 'org.postgresql:postgresql'\n}\n"),
        ("gradlew", "#!/bin/sh\n"),
        ("package.json", r#"{"scripts": {"build": "sass a b"}}"#),
        ("src/main/java/App.java", "@SpringBootApplication\nclass App {}\n"),
        ("src/main/resources/application.yaml", "management:\n  endpoints:\n    enabled-by-default: false\n"),
        ("Dockerfile", "FROM eclipse-temurin:21\nEXPOSE 8080\nCMD [\"java\", \"-jar\", \"/opt/app.jar\"]\n"),
    ],
    node_is_only_assets_beside_laravel: [
        ("composer.json", "{\n\"require\": {\n\"php\": \"^8.3\",\n\"laravel/framework\": \"^11\"}}"),
        ("artisan", ""),
        ("public/index.php", "<?php"),
        ("database/migrations/1.php", "<?php"),
        ("app/Http/Upload.php", "<?php Storage::put('a', $b);"),
        ("package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}"#),
        (".env.example", "DB_CONNECTION=mysql\nDB_PASSWORD=\n"),
    ],
    an_api_and_a_client: [
        ("backend/package.json", r#"{"scripts": {"start": "node server.js", "dev": "nodemon"}, "dependencies": {"express": "4"}}"#),
        ("backend/server.js", SERVER),
        ("client/package.json", r#"{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "5"}}"#),
        ("client/index.html", "<html>"),
        ("e2e/package.json", r#"{"scripts": {"start": "node x"}, "dependencies": {"express": "4"}}"#),
    ],
    a_library_is_refused: [
        ("package.json", r#"{"name": "court-engine", "main": "lib/index.js", "devDependencies": {"express": "4"}}"#),
        ("src/index.js", "export default 1;"),
    ],
    a_template_is_refused: [
        ("cookiecutter.json", "{}"),
        ("{{cookiecutter.name}}/manage.py", "DJANGO_SETTINGS_MODULE"),
    ],
    a_layer_of_a_known_app_is_incomplete: [
        (".holo/config.toml", "[holospace]\nname = \"site\"\n"),
        (".holo/branches/emergence-site/_site.toml", ""),
        ("site-root/home.php", "<?php"),
        ("php-classes/A.php", "<?php"),
    ],
    a_managed_backend_is_said: [
        ("package.json", r#"{"scripts": {"start": "react-scripts start", "build": "react-scripts build"}, "dependencies": {"react-scripts": "5", "firebase": "9"}}"#),
        ("public/index.html", "<html>"),
        ("firebase.json", "{}"),
    ],
    a_site_with_decoys: [
        ("_config.yml", "theme: x\n"),
        ("_layouts/a.html", ""),
        ("package-lock.json", "{}"),
        ("github-actions/package.json", r#"{"scripts": {"start": "node a"}, "dependencies": {"express": "4"}}"#),
    ],
    django_with_media: [
        ("requirements.txt", "Django==5.2\npsycopg2-binary\n"),
        ("runtime.txt", "python-3.8.10\n"),
        ("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site.settings')"),
        ("court/wsgi.py", ""),
        ("court/models.py", "photo = models.ImageField()\n"),
        ("court/urls.py", "path('healthz/', alive)\n"),
        ("court/settings.py", "SECRET_KEY = os.environ['SECRET_KEY']\nSTATIC_ROOT = 'x'\n"),
    ],
    broken_files_are_said: [
        ("package.json", "{ not json"),
        ("app.json", "[]"),
        ("compose.yaml", "a: ["),
        ("Procfile", "what is this\n"),
    ],
    nothing_known: [("README.md", "# Notes\n")],
    cron_in_prose: [
        ("Procfile", "web: node web.js\n"),
        ("package.json", r#"{"dependencies": {"express": "4"}}"#),
        ("README.md", "## Scheduler\nSet up a cron for these:\n\n    node jobs/remind.js\n"),
    ],
    two_servers_tie: [
        ("package.json", r#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4"}}"#),
        ("server.js", SERVER),
        ("requirements.txt", "flask\n"),
        ("app.py", "app = Flask(__name__)\n"),
    ],
}
