//! Hours of a busy server in minutes: users who read, change, run, watch, cancel, upload, download, go away in the middle, and
//! send what nobody should. Memory and descriptors stay flat, no run is lost, and in the end the server ends.
//!
//! `JOURNEYSIM_SOAK_MINUTES` says how long it lasts.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;

use journeysim::base::random::philox;
use serde_json::{Value as Json, json};

use crate::cli::{program, text};
use crate::fuzz::now;
use crate::serve::library;

/// Users at a time. In an hour of a day one of them does as much as here in two and a half minutes.
const USERS: u32 = 12;

/// How long a request may take to be answered on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(60);

/// Threads of the server that answer what takes time end when they were idle for ten seconds.
const IDLE: Duration = Duration::from_secs(12);

/// How much above its level after the warm-up memory may lie at the end.
const FLAT: f64 = 1.1;

/// What was done, how often, and how it ended.
type Tally = Mutex<BTreeMap<String, u32>>;

/// Somebody at a page.
struct User<'a> {
    address: SocketAddr,
    number: u32,
    drawn: u32,
    tally: &'a Tally,
}

/// What is known of the process of the server.
struct Process {
    /// Memory in use (MB).
    memory: f64,
    descriptors: usize,
    threads: usize,
}

/// The server, which does not outlive the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

impl Process {
    fn of(server: &Running) -> Self {
        let folder = Path::new("/proc").join(server.0.id().to_string());
        let count = |name: &str| fs::read_dir(folder.join(name)).expect("it runs").count();
        let status = fs::read_to_string(folder.join("status")).expect("it runs");
        let memory = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it is told");
        let memory: f64 = memory.trim().trim_end_matches(" kB").parse().expect("a number");
        Self { memory: memory / 1024.0, descriptors: count("fd"), threads: count("task") }
    }
}

impl User<'_> {
    /// A number below `most`.
    fn below(&mut self, most: u32) -> u32 {
        self.drawn += 1;
        philox([self.drawn, 0, 0, 0], [self.number, 0])[0] % most
    }

    fn count(&self, what: &str) {
        *self.tally.lock().expect("no panic").entry(what.to_owned()).or_default() += 1;
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        stream
    }

    /// Begins a request whose body is as long as is said.
    fn begin(&self, method: &str, path: &str, body: &[u8]) -> TcpStream {
        let mut stream = self.connect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).expect("it is read");
        stream
    }

    /// Sends a request and returns status and body.
    fn send(&self, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        let mut answer = Vec::new();
        self.begin(method, path, body).read_to_end(&mut answer).expect("it is answered in time");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("an answer has a head");
        let status = String::from_utf8_lossy(&answer[9..12]).parse().expect("a status");
        assert!(status < 500, "{method} {path}: {}", String::from_utf8_lossy(&answer));
        (status, answer.split_off(end + 4))
    }

    fn get(&self, path: &str) -> Vec<u8> {
        let (status, body) = self.send("GET", path, &[]);
        assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
        body
    }

    /// Asks for a run; [`None`] where too many are unfinished.
    fn run(&self, asked: &Json) -> Option<u64> {
        let (status, body) = self.send("POST", "/api/runs", asked.to_string().as_bytes());
        if status == 429 {
            self.count("runs refused: too many");
            return None;
        }
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        self.count("runs taken");
        serde_json::from_slice::<Json>(&body).expect("JSON")["run"].as_u64()
    }

    /// Waits until a run is over, and counts how it ended. Only rough ones are forgotten as soon as they are over.
    fn follow(&self, run: u64) -> String {
        loop {
            let (status, body) = self.send("GET", &format!("/api/runs/{run}"), &[]);
            let known: Json = serde_json::from_slice(&body).expect("JSON");
            let state = match known["state"].as_str() {
                Some(state) => state.to_owned(),
                None => "over and forgotten".to_owned(),
            };
            assert!(status == 200 || status == 404, "{known}");
            assert_ne!(state, "failed", "{known}");
            if !["waiting", "running"].contains(&&*state) {
                self.count(&format!("runs {state}"));
                return state;
            }
            sleep(Duration::from_millis(300));
        }
    }

    /// Watches a run to its end, and returns its state there.
    fn watch(&self, run: u64) -> String {
        let stream = self.begin("GET", &format!("/api/runs/{run}/events"), &[]);
        let lines = BufReader::new(stream).lines().map(|line| line.expect("it is told in time"));
        let told = lines.filter_map(|line| line.strip_prefix("data: ").map(str::to_owned)).last();
        let told: Json = serde_json::from_str(&told.expect("whoever watches is told")).expect("JSON");
        told["state"].as_str().expect("a state").to_owned()
    }

    /// A run of the small scenario with another threshold.
    fn asked(&mut self, replications: u32) -> Json {
        let gate = format!("{}.5%", 50 + self.below(40));
        json!({ "subject": { "file": "small.toml" }, "replications": replications, "seed": self.below(1000), "ways": [
            { "name": "baseline", "from": "baseline" },
            { "name": "changed", "from": "baseline", "changes": [["stages.utilization_gate", gate]] },
        ] })
    }

    fn opens_the_page(&mut self) {
        for path in ["/", "/ui/app.js", "/ui/app.css", "/api/scenarios", "/api/runs"] {
            self.get(path);
        }
        let file = ["small.toml", "programs/pooled-ta.toml"][self.below(2) as usize];
        let (status, _) = self.send("POST", "/api/scenario", json!({ "file": file }).to_string().as_bytes());
        assert_eq!(status, 200);
    }

    /// At each move of a slider a rough run takes the place of the one before.
    fn moves_a_slider(&mut self) {
        let mut last = Json::Null;
        let mut taken = Vec::new();
        for _ in 0..1 + self.below(4) {
            let mut asked = self.asked(16);
            (asked["rough"], asked["replaces"]) = (true.into(), last);
            let Some(run) = self.run(&asked) else { return self.wait_for(&taken) };
            taken.push(run);
            last = run.into();
            let pause = self.below(200);
            sleep(Duration::from_millis(pause.into()));
        }
        let run = taken.pop().expect("at least one");
        let state = self.watch(run);
        self.count(&format!("runs {state}"));
        self.wait_for(&taken);
    }

    fn wait_for(&self, runs: &[u64]) {
        for &run in runs {
            self.follow(run);
        }
    }

    fn runs_and_takes_away(&mut self) {
        let replications = 2 + self.below(8);
        let asked = self.asked(replications);
        let Some(run) = self.run(&asked) else { return };
        assert_eq!((self.watch(run), self.follow(run)), ("finished".to_owned(), "finished".to_owned()));
        let part = [
            "document",
            "charts",
            "accounts/changed",
            "lives/3/baseline/changed",
            "overlay.toml",
            "folder.zip",
        ];
        for part in part {
            self.get(&format!("/api/runs/{run}/{part}"));
        }
    }

    fn cancels(&mut self) {
        let asked = self.asked(900);
        let Some(run) = self.run(&asked) else { return };
        let stream = self.begin("GET", &format!("/api/runs/{run}/events"), &[]);
        let pause = self.below(1_500);
        sleep(Duration::from_millis(pause.into()));
        assert_eq!(self.send("DELETE", &format!("/api/runs/{run}"), &[]).0, 204);
        assert_ne!(self.follow(run), "over and forgotten");
        drop(stream);
    }

    /// Its run is stopped a few seconds later, since nobody watches.
    fn goes_away(&mut self) {
        let asked = self.asked(900);
        let Some(run) = self.run(&asked) else { return };
        let mut stream = self.begin("GET", &format!("/api/runs/{run}/events"), &[]);
        let mut first = vec![0; 1 + self.below(5_000) as usize];
        stream.read_exact(&mut first[..1]).expect("it begins to tell");
        let _ = stream.read(&mut first);
        drop(stream);
        assert_ne!(self.follow(run), "over and forgotten");
    }

    fn keeps(&mut self) {
        let asked = self.asked(4);
        let Some(run) = self.run(&asked) else { return };
        let path = format!("/api/runs/{run}/keep");
        let (status, _) = self.send("PUT", &path, &[]);
        assert!(status == 204 || status == 409, "{status}");
        assert_ne!(self.follow(run), "over and forgotten");
        let (status, _) = self.send("DELETE", &path, &[]);
        assert!(status == 204 || status == 404, "{status}");
    }

    fn uploads(&mut self) {
        let mut list = "id,seats,arr,renewal\n".to_owned();
        for row in 0..1 + self.below(40) {
            list += &format!("a{row},{},50000,2024-{:02}-01\n", 1 + self.below(200), 3 + self.below(9));
        }
        let (status, body) = self.send("POST", "/api/books/ours.csv", list.as_bytes());
        assert_eq!(status, 201);
        let mut asked = self.asked(2);
        asked["subject"]["book"] = serde_json::from_slice::<Json>(&body).expect("JSON")["book"].clone();
        let (status, body) = self.send("POST", "/api/runs", asked.to_string().as_bytes());
        match status {
            201 => {
                self.count("runs taken");
                let run = serde_json::from_slice::<Json>(&body).expect("JSON")["run"].as_u64();
                let run = run.expect("a number");
                assert_eq!(
                    (self.watch(run), self.follow(run)),
                    ("finished".to_owned(), "finished".to_owned())
                );
            }
            429 => self.count("runs refused: too many"),
            // Eight later lists have taken its place.
            _ => {
                assert!(String::from_utf8_lossy(&body).contains("upload it again"));
                self.count("lists forgotten");
            }
        }
    }

    /// What is no request, or none that is allowed, or is left off in the middle.
    fn is_up_to_no_good(&mut self) {
        let long = format!("GET /{} HTTP/1.1\r\n", "x".repeat(1 << 20)).into_bytes();
        let half =
            b"POST /api/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n{\"ways\": ["
                .to_vec();
        let noise: Vec<u8> = (0..300).map(|_| self.below(256) as u8).collect();
        let bytes = match self.below(6) {
            0 => long,
            1 => half,
            2 => noise,
            3 => b"GET /api/runs HTTP/1.1\r\nhost: evil.example\r\n\r\n".to_vec(),
            4 => b"GET /api/runs HTTP/1.1\r\nhos".to_vec(),
            _ => {
                let (status, _) = self.send("POST", "/api/runs", &noise);
                assert!((400..500).contains(&status), "{status}");
                let (status, _) = self.send("POST", "/api/scenario", b"{\"file\": \"../outside.toml\"}");
                assert_eq!(status, 422);
                return;
            }
        };
        let mut stream = self.connect();
        // It may have heard enough before all of it is sent.
        let _ = stream.write_all(&bytes);
        if self.below(2) == 0 {
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }

    fn does_something(&mut self) {
        match self.below(20) {
            0..4 => self.opens_the_page(),
            4..9 => self.moves_a_slider(),
            9..13 => self.runs_and_takes_away(),
            13..15 => self.cancels(),
            15 => self.goes_away(),
            16 => self.keeps(),
            17 => self.uploads(),
            _ => self.is_up_to_no_good(),
        }
        self.count("things done");
        let pause = self.below(400);
        sleep(Duration::from_millis(pause.into()));
    }
}

fn entries(folder: &Path) -> usize {
    fs::read_dir(folder).expect("it is there").count()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Memory counts as flat where its mean over the last quarter is at most a tenth above that of the second, the first being
/// the warm-up. Descriptors count as flat where there are as many when all users have gone as there were before they came.
#[test]
#[ignore = "lasts 20 minutes"]
fn a_busy_server_loses_and_leaks_nothing() {
    let minutes =
        std::env::var("JOURNEYSIM_SOAK_MINUTES").map_or(20.0, |minutes| minutes.parse().expect("a number"));
    let own = tempfile::tempdir().expect("a temporary folder");
    let [scenarios, out, scratch] = ["scenarios", "out", "scratch"].map(|name| own.path().join(name));
    fs::create_dir(&scenarios).expect("a folder can be made");
    fs::create_dir(&scratch).expect("a folder can be made");
    library(&scenarios);
    let mut server = program()
        .args(["serve", text(&scenarios), "--port", "0", "--json", "--threads", "1", "--out", text(&out)])
        .env("TMPDIR", &scratch)
        .stdout(Stdio::piped())
        .spawn()
        .map(Running)
        .expect("the program starts");
    let mut said = BufReader::new(server.0.stdout.take().expect("it was asked for just above")).lines();
    let line =
        said.find_map(|line| Some(line.ok()?.split_once("http://")?.1.to_owned())).expect("an address");
    let address: SocketAddr = line.trim_matches(['"', ',']).parse().expect("an address");
    let tally = Tally::default();
    let user = |number: u32| User { address, number, drawn: 0, tally: &tally };
    user(USERS).opens_the_page();
    sleep(IDLE);
    let before = Process::of(&server);

    let (began, is_over) = (now(), AtomicBool::new(false));
    let mut memory = Vec::new();
    let mut most = before.descriptors;
    thread::scope(|scope| {
        let users: Vec<_> = (0..USERS)
            .map(|number| {
                let (mut user, is_over) = (user(number), &is_over);
                scope.spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        user.does_something();
                    }
                })
            })
            .collect();
        while now() - began < Duration::from_secs_f64(60.0 * minutes)
            && !users.iter().any(thread::ScopedJoinHandle::is_finished)
        {
            let seen = Process::of(&server);
            memory.push(seen.memory);
            most = most.max(seen.descriptors);
            sleep(Duration::from_secs(1));
        }
        is_over.store(true, Ordering::Relaxed);
    });
    sleep(IDLE);
    let after = Process::of(&server);
    let quarter = memory.len() / 4;
    let levels: Vec<f64> = memory.chunks(quarter.max(1)).take(4).map(mean).collect();
    let done = tally.lock().expect("no panic").clone();
    println!("soak, {minutes} minutes, {USERS} users: {done:?}");
    println!(
        "soak, memory by quarter: {levels:.1?} MB; before {:.1}, after {:.1}",
        before.memory, after.memory
    );
    println!(
        "soak, descriptors: {} before, {most} at most, {} after; threads: {} before, {} after; run folders: {} before the end",
        before.descriptors,
        after.descriptors,
        before.threads,
        after.threads,
        entries(&scratch)
    );
    assert!(levels[3] <= FLAT * levels[1], "memory grows: {levels:?}");
    assert_eq!((after.descriptors, after.threads), (before.descriptors, before.threads));
    let ended = ["finished", "stopped", "over and forgotten"].map(|state| done.get(&format!("runs {state}")));
    assert_eq!(ended.into_iter().flatten().sum::<u32>(), done["runs taken"]);

    // Told to end while one watches a long run and others are in the middle of a request.
    let mut last = user(USERS + 1);
    let asked = last.asked(900);
    let run = last.run(&asked).expect("nobody else is there");
    let _watching = last.begin("GET", &format!("/api/runs/{run}/events"), &[]);
    let [mut silent, mut half] = [last.connect(), last.connect()];
    silent.write_all(b"GET / HT").expect("it is read");
    half.write_all(b"POST /api/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{")
        .expect("it is read");
    sleep(Duration::from_secs(1));
    let told =
        Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status().expect("kill starts");
    assert!(told.success());
    let end = now() + Duration::from_secs(20);
    let status = loop {
        if let Some(status) = server.0.try_wait().expect("it can be asked") {
            break status;
        }
        assert!(now() < end, "it does not end");
        sleep(Duration::from_millis(50));
    };
    assert!(status.success(), "{status}");
    assert_eq!(entries(&scratch), 0, "run folders are left behind");
}
