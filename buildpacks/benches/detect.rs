//! How long detection takes, measured against the walk through the same folder, and for a project of the usual size.
#![allow(clippy::print_stdout)] // a benchmark is read by people

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use civic_buildpacks::tree::{DiskTree, SourceTree};
use civic_buildpacks::{Options, Rules, detect};

const RUNS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let large = tempfile::tempdir()?;
    project(large.path(), 7_900, 62_000)?;
    let small = tempfile::tempdir()?;
    project(small.path(), 300, 20_000)?;
    println!(
        "{:<12} {:>6} {:>10} {:>10} {:>10} {:>8}",
        "project", "files", "rules ms", "walk ms", "detect ms", "ratio"
    );
    for (name, folder) in [("large", large.path()), ("usual", small.path())] {
        let (files, [rules, walk, look]) = measure(folder)?;
        let ratio = (walk + look).as_secs_f64() / walk.as_secs_f64();
        println!("{name:<12} {files:>6} {:>10} {:>10} {:>10} {ratio:>8.2}", ms(rules), ms(walk), ms(look));
    }
    println!(
        "ratio: a whole run (walk and detection) to the walk alone; large is to stay below 3, usual below 15 ms together"
    );
    Ok(())
}

fn ms(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// Medians of reading the rules, of the walk and of detection, each with a warm cache.
fn measure(folder: &Path) -> Result<(usize, [Duration; 3]), Box<dyn Error>> {
    let mut times: [Vec<Duration>; 3] = Default::default();
    let mut files = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let rules = Rules::embedded()?;
        times[0].push(start.elapsed());
        let start = Instant::now();
        let tree = DiskTree::open(folder)?;
        times[1].push(start.elapsed());
        let start = Instant::now();
        black_box(detect(&tree, &rules, &Options::default()));
        times[2].push(start.elapsed());
        files = tree.paths().len();
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    Ok((files, times.map(median)))
}

/// Writes an app of two components with `files` files: two fifths code, a third pictures of about `picture` bytes, the rest prose and data.
fn project(root: &Path, files: usize, picture: usize) -> Result<(), Box<dyn Error>> {
    let write = |path: &str, content: &[u8]| -> Result<(), Box<dyn Error>> {
        let path = root.join(path);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        Ok(fs::write(path, content)?)
    };
    write(
        "package.json",
        br#"{"scripts": {"start": "node server.js"}, "dependencies": {"express": "4", "pg": "8"}}"#,
    )?;
    write("server.js", b"const app = require('express')();\napp.get('/healthz', ok);\napp.listen(process.env.PORT || 4100);\n")?;
    write("api/requirements.txt", b"flask==3.1\npsycopg2-binary\n")?;
    write("api/app.py", b"app = Flask(__name__)\napp.run(port=int(os.environ.get('PORT', 5000)))\n")?;
    write("Procfile", b"web: node server.js\n")?;
    write("README.md", b"# Clinics\n\nRun `npm start`.\n")?;
    for number in 6..files {
        let (path, content) = file(number, picture);
        write(&path, &content)?;
    }
    Ok(())
}

fn file(number: usize, picture: usize) -> (String, Vec<u8>) {
    let folder = number / 40;
    match number % 30 {
        0..8 => (
            format!("src/part{folder}/module{number}.js"),
            code(number, "const held = await load(process.env.CLINIC);"),
        ),
        8..12 => (
            format!("api/part{folder}/module{number}.py"),
            code(number, "held = load(os.environ['CLINIC_NAME'], 7)"),
        ),
        12..16 => (
            format!("docs/part{folder}/page{number}.md"),
            code(number, "Clinics open at nine; bring a letter."),
        ),
        16..18 => (format!("src/part{folder}/data{number}.json"), code(number, "{\"clinic\": 7},")),
        18..20 => {
            (format!("public/part{folder}/style{number}.css"), code(number, ".clinic { margin: 0 auto }"))
        }
        _ => (format!("public/part{folder}/photo{number}.png"), noise(number, picture)),
    }
}

/// About 6 KB, like a file that somebody wrote: most lines are of no interest.
fn code(number: usize, line: &str) -> Vec<u8> {
    let plain = [
        "    // opening hours are kept per clinic",
        "    total = total + visits",
        "",
        "    if (clinic.open) {",
        "    }",
    ];
    let line = |at: usize| if at % 20 == 7 { line } else { plain.get(at % 5).copied().unwrap_or_default() };
    (0..(160 + number % 140)).flat_map(|at| format!("{} {at}\n", line(at)).into_bytes()).collect()
}

/// Bytes without a pattern, beginning like a picture.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 | 1;
    let random = std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    });
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".iter().copied().chain(random.take(length)).collect()
}
