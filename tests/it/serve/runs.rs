//! Runs: what they give, who stops them, and what is left of them.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use futures_util::StreamExt;
use journeysim::serve::{Server, Settings};
use serde_json::{Value as Json, json};
use tower::ServiceExt;

use super::{SMALL, Site, answering, library, two_ways};

fn long() -> Json {
    let mut asked = two_ways();
    asked["replications"] = json!(1_000);
    asked["keep"] = json!(false);
    asked
}

#[test]
fn the_command_line_gives_the_same_results_with_the_changes_as_a_file() {
    answering(async {
        let site = Site::new();
        let run = site.begin(&two_ways()).await;
        let known = site.over(run).await;
        assert_eq!((&known["state"], &known["done"]), (&json!("finished"), &json!(4)));
        let document = site.get(&format!("/api/runs/{run}/document")).await.json();
        let overlay = site.get(&format!("/api/runs/{run}/overlay.toml")).await;
        assert_eq!(overlay.headers["content-disposition"], "attachment; filename=\"small-explored.toml\"");
        fs::write(site.folder.path().join("small-explored.toml"), &overlay.body).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_journeysim"))
            .args(["compare", "small-explored.toml", "--json"])
            .current_dir(site.folder.path())
            .output()
            .unwrap();
        let printed: Json = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document["digest"], printed["digest"]);
        assert_eq!(document, printed);
    });
}

#[test]
fn a_run_folder_holds_what_the_command_line_writes_and_the_changes() {
    answering(async {
        let site = Site::new();
        let run = site.begin(&two_ways()).await;
        site.over(run).await;
        let answer = site.get(&format!("/api/runs/{run}/folder.zip")).await;
        let archive = rawzip::ZipArchive::from_slice(&answer.body).unwrap();
        let text = |name: &str| {
            let wanted = format!("small-explored/{name}");
            let mut entries = archive.entries();
            while let Some(entry) = entries.next_entry().unwrap() {
                let dated = entry.last_modified_dos();
                assert_eq!((dated.year(), dated.month(), dated.day()), (1980, 1, 1), "no month is 0");
                if entry.file_path().try_normalize().unwrap().as_ref() == wanted {
                    let file = archive.get_entry(entry.wayfinder()).unwrap();
                    let mut text = String::new();
                    file.verifying_reader(file.data()).read_to_string(&mut text).unwrap();
                    return text;
                }
            }
            panic!("{wanted} is missing")
        };
        let manifest: Json = serde_json::from_str(&text("manifest.json")).unwrap();
        assert!(text("report.html").contains("Small, explored"));
        let document = site.get(&format!("/api/runs/{run}/document")).await.json();
        assert_eq!(manifest["digest"], document["digest"]);
        assert_eq!(serde_json::from_str::<Json>(&text("result.json")).unwrap(), document);
        assert!(text("small-explored.toml").contains("\"stages.utilization_gate\" = \"70%\""));
    });
}

#[test]
fn whoever_watches_a_run_sees_it_to_its_end() {
    answering(async {
        let site = Site::new();
        let run = site.begin(&two_ways()).await;
        let events = site.get(&format!("/api/runs/{run}/events")).await.text();
        let last = events.trim().rsplit("data: ").next().unwrap();
        let last: Json = serde_json::from_str(last).unwrap();
        assert_eq!((&last["state"], &last["done"]), (&json!("finished"), &json!(4)));
        let difference = &last["headline"][0]["ways"][1]["difference"];
        assert!(difference["ci_low"].as_f64() <= difference["mean"].as_f64(), "{difference}");
        // Whoever comes later sees the end at once.
        assert!(site.get(&format!("/api/runs/{run}/events")).await.text().contains("\"finished\""));
    });
}

#[test]
fn a_rough_run_ends_after_a_few_replications_and_keeps_nothing_but_its_means() {
    answering(async {
        let site = Site::new();
        let mut asked = long();
        asked["rough"] = json!(true);
        let run = site.begin(&asked).await;
        let known = site.over(run).await;
        assert_eq!(
            (&known["state"], &known["done"], &known["has_results"]),
            (&json!("finished"), &json!(16), &json!(false))
        );
        let answer = site.get(&format!("/api/runs/{run}/document")).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
    });
}

#[test]
fn a_stopped_run_keeps_the_replications_that_are_finished() {
    answering(async {
        let site = Site::new();
        let run = site.begin(&long()).await;
        let request =
            Request::get(format!("/api/runs/{run}/events")).header("host", "localhost").body(Body::empty());
        let mut events =
            site.routes.clone().oneshot(request.unwrap()).await.unwrap().into_body().into_data_stream();
        loop {
            let event = String::from_utf8(events.next().await.unwrap().unwrap().to_vec()).unwrap();
            let running = serde_json::from_str::<Json>(event.trim_start_matches("data: ").trim());
            if running.is_ok_and(|known| known["done"].as_u64() > Some(0)) {
                break;
            }
        }
        assert_eq!(
            site.ask(Method::DELETE, &format!("/api/runs/{run}"), None).await.status,
            StatusCode::NO_CONTENT
        );
        let known = site.over(run).await;
        assert_eq!((&known["state"], &known["has_results"]), (&json!("stopped"), &json!(true)));
        let document = site.get(&format!("/api/runs/{run}/document")).await.json();
        assert_eq!(
            (&document["replications"], &document["stopped_by"]),
            (&known["done"], &json!("interruption"))
        );
    });
}

#[test]
fn a_run_whose_page_is_gone_is_stopped_unless_it_is_kept() {
    answering(async {
        let site = Site::with(|settings| settings.grace = Duration::from_millis(50));
        let abandoned = site.begin(&long()).await;
        assert_eq!(site.over(abandoned).await["state"], "stopped");
        let kept = site.begin(&two_ways()).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(site.over(kept).await["state"], "finished");
        // Whoever watches keeps it going, too.
        let mut asked = two_ways();
        asked["keep"] = json!(false);
        let watched = site.begin(&asked).await;
        let events = site.get(&format!("/api/runs/{watched}/events")).await.text();
        assert!(events.contains("\"finished\""), "{events}");
    });
}

#[test]
fn runs_of_the_same_subject_are_compared_on_the_same_luck() {
    answering(async {
        let site = Site::new();
        let first = site.begin(&two_ways()).await;
        let known = site.over(first).await;
        let changes = known["asked"][1]["changes"].clone();
        let run = site
            .begin(&json!({ "like": first, "keep": true, "ways": [
                { "name": "run-1", "from": "baseline" },
                { "name": "run-2", "from": "baseline", "changes": changes },
            ] }))
            .await;
        let compared = site.over(run).await;
        assert_eq!(compared["subject"], known["subject"]);
        let difference = |known: &Json| known["headline"][0]["ways"][1]["difference"]["mean"].clone();
        assert_eq!(difference(&compared), difference(&known));
    });
}

/// Uploads a list of accounts and returns a scenario in which it stands, its columns said in the text.
async fn uploaded(site: &Site, file: &str, bytes: Vec<u8>) -> Json {
    let request = Request::post("/api/books/ours.csv").header("host", "localhost").body(Body::from(bytes));
    let answer = site.send(request.expect("a request")).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let text = fs::read_to_string(site.folder.path().join(file)).expect("a readable file");
    let columns = "id = \"Account ID\"\nseats = \"Seats\"\narr = \"ARR\"\nstart = \"Customer Since\"\n\
                   renewal = \"Renewal Date\"\n";
    let edited = json!({ file: format!("{text}\n[book]\nbeside = false\n[book.columns]\n{columns}") });
    json!({ "file": file, "book": answer.json()["book"], "edited": edited })
}

/// Whatever folder the scenario lies in, and what is at fault in a list is said of the list.
#[test]
fn an_uploaded_book_takes_the_place_of_the_generated_one() {
    answering(async {
        let site = Site::new();
        let book = fs::read(site.folder.path().join("data/book.csv")).expect("a readable file");
        for file in ["small.toml", "programs/pooled-ta.toml"] {
            let subject = uploaded(&site, file, book.clone()).await;
            let read = site.post("/api/scenario", &subject).await;
            assert_eq!(read.status, StatusCode::OK, "{}", read.text());
            let ways = json!([{ "name": "baseline", "from": "baseline" }]);
            let asked = json!({ "subject": subject, "keep": true, "replications": 2, "ways": ways });
            let run = site.begin(&asked).await;
            site.over(run).await;
            let document = site.get(&format!("/api/runs/{run}/document")).await.json();
            // One of the forty on the list closes after the first day.
            assert_eq!(document["accounts"].as_f64(), Some(39.0), "{file}");
            let wrong = uploaded(
                &site,
                file,
                b"Account ID,Seats,ARR,Customer Since,Renewal Date\nA,red,,,\n".to_vec(),
            );
            let refused = site.post("/api/scenario", &wrong.await).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            let faults = refused.json()["faults"].clone();
            let of = |fault: &Json| fault["file"].as_str().expect("a file").to_owned();
            let files: Vec<String> = faults.as_array().expect("faults").iter().map(of).collect();
            assert!(!files.is_empty() && files.iter().all(|file| file.ends_with("ours.csv")), "{faults}");
        }
    });
}

/// What a design makes has names that nobody could write for a variant.
#[test]
fn variants_of_a_design_are_run_and_changed() {
    answering(async {
        let site = Site::new();
        let design = format!(
            "{SMALL}[design]\nkind = \"grid\"\n[[design.factor]]\nname = \"gate\"\n\
             path = \"stages.utilization_gate\"\nvalues = [\"60%\", \"70%\"]\n"
        );
        fs::write(site.folder.path().join("design.toml"), design).expect("a writable folder");
        let same = |name: &str| json!({ "name": name, "from": name });
        let changes = json!([["stages.usage_gate", "10%"]]);
        for start in ["baseline", "gate=60%"] {
            let changed = json!({ "name": "changed", "from": "gate=60%", "changes": changes });
            let mut ways = vec![same(start), same("gate=70%"), changed];
            let asked = json!({ "subject": { "file": "design.toml" }, "keep": true, "ways": ways });
            let run = site.begin(&asked).await;
            let known = site.over(run).await;
            assert_eq!(known["state"], "finished", "{known}");
            let document = site.get(&format!("/api/runs/{run}/document")).await.json();
            assert_eq!(document["baseline"], start);
            let names: Vec<&Json> = document["variants"]
                .as_array()
                .expect("variants")
                .iter()
                .map(|variant| &variant["name"])
                .collect();
            ways.sort_by_key(|way| way["name"].to_string());
            let mut sorted = names.clone();
            sorted.sort_by_key(ToString::to_string);
            assert_eq!(sorted, ways.iter().map(|way| &way["name"]).collect::<Vec<_>>());
        }
    });
}

#[test]
fn an_account_leads_to_its_life() {
    answering(async {
        let site = Site::new();
        let run = site.begin(&two_ways()).await;
        site.over(run).await;
        let alone = site.get(&format!("/api/runs/{run}/lives/3/changed")).await;
        assert_eq!(alone.status, StatusCode::OK, "{}", alone.text());
        assert!(alone.text().contains("<h1>Account 3 of Small, explored</h1>"), "{}", alone.text());
        let policy = alone.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
        let beside = site.get(&format!("/api/runs/{run}/lives/3/baseline/changed")).await.text();
        assert!(beside.contains("<main class=\"beside\">"), "{beside}");
        for path in ["lives/8000/baseline", "lives/3/nobody", "lives/3/baseline/nobody"] {
            let answer = site.get(&format!("/api/runs/{run}/{path}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            assert!(answer.json()["error"].is_string(), "{path}");
        }
    });
}

#[test]
fn two_hundred_requests_and_twenty_runs_at_once_lose_nothing() {
    answering(async {
        let site = Site::new();
        let asked = two_ways();
        let runs: Vec<u64> = futures_util::future::join_all((0..20).map(|_| site.begin(&asked))).await;
        let requests = (0..200).map(|number| {
            let path = if number % 2 == 0 {
                "/api/scenarios".to_owned()
            } else {
                format!("/api/runs/{}", runs[number % 20])
            };
            let site = &site;
            async move { site.get(&path).await.status }
        });
        let statuses = futures_util::future::join_all(requests).await;
        assert!(statuses.iter().all(|status| *status == StatusCode::OK), "{statuses:?}");
        let mut digests = Vec::new();
        for &run in &runs {
            assert_eq!(site.over(run).await["done"], 4);
            digests.push(site.get(&format!("/api/runs/{run}/document")).await.json()["digest"].clone());
        }
        digests.dedup();
        assert_eq!(digests.len(), 1, "every run gives the same");
        let numbers: std::collections::BTreeSet<u64> = runs.into_iter().collect();
        assert_eq!(numbers.len(), 20);
    });
}

/// Somebody who says half of what they want, and stays, does not keep the server from ending.
#[test]
fn the_server_ends_though_a_request_does_not() {
    for half in ["GET / HT", "POST /api/runs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n{"] {
        let server = Server::bind(&Settings::new(tempfile::tempdir().unwrap().path().to_owned())).unwrap();
        let (mut stream, stop) = (TcpStream::connect(server.address()).unwrap(), server.stop());
        let (told, ended) = mpsc::channel();
        thread::spawn(move || told.send(server.run().is_ok()));
        stream.write_all(half.as_bytes()).unwrap();
        // Its first bytes have to arrive.
        thread::sleep(Duration::from_millis(300));
        stop.stop();
        assert_eq!(ended.recv_timeout(Duration::from_secs(30)), Ok(true), "{half}");
    }
}

/// Ended while a kept run and another are under way: the kept one is written with what is finished, the other is not.
#[test]
fn the_server_ends_cleanly_and_writes_what_was_to_be_kept() {
    let (folder, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    library(folder.path());
    let settings = Settings {
        out: Some(out.path().join("runs")),
        threads: Some(1),
        ..Settings::new(folder.path().to_owned())
    };
    let server = Server::bind(&settings).unwrap();
    let (address, stop) = (server.address(), server.stop());
    let running = thread::spawn(move || server.run());
    let send = |method: &str, path: &str, body: &str| {
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    };
    let mut kept = long();
    kept["keep"] = json!(true);
    for asked in [kept, long()] {
        send("POST", "/api/runs", &asked.to_string());
    }
    let is_begun = |run: u64| {
        let known: Json = serde_json::from_str(&send("GET", &format!("/api/runs/{run}"), "")).unwrap();
        known["done"].as_u64() > Some(0)
    };
    while !is_begun(1) || !is_begun(2) {
        thread::sleep(Duration::from_millis(5));
    }
    stop.stop();
    running.join().unwrap().unwrap();
    let written: Vec<_> = fs::read_dir(out.path().join("runs")).unwrap().flatten().collect();
    assert_eq!(written.len(), 1);
    let manifest = fs::read_to_string(written[0].path().join("manifest.json")).unwrap();
    assert!(manifest.contains("\"stopped_by\": \"interruption\""));
}
