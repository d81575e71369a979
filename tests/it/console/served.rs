//! The real program running with its console at a free port, and the accounts that its own commands give.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use super::client::Browser;
use crate::program::hongling_json;
use crate::scratch::PROGRAM;
use crate::story::Story;

/// A password that nobody objects to.
pub const OWN_PASSWORD: &str = "我家门口有两棵枣树";

/// A host that serves the example district, an exercise whose clock stands at the morning of 2 March 2026.
pub struct Served {
    story: Story,
    host: Child,
    address: SocketAddr,
    said: Mutex<Receiver<String>>,
}

impl Served {
    /// Serves what a story came to, once it is told.
    pub fn after(told: &str) -> Served {
        let mut story = Story::new();
        story.tell(told);
        story.become_exercise();
        Served::of(story)
    }

    /// Serves the district of a story.
    pub fn of(mut story: Story) -> Served {
        story.tell("change hongling.toml `listen = \"127.0.0.1:8311\"` `listen = \"127.0.0.1:0\"`");
        story.stop();
        let mut command = Command::new(PROGRAM);
        command.args(["--lang", "en", "run"]).arg(story.folder()).env_remove("HONGLING_LOG");
        let mut host = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut words = BufReader::new(host.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains("Hongling runs") {
            assert_ne!(words.read_line(&mut said).unwrap(), 0, "it ended: {said}");
        }
        let address = said.lines().find_map(|line| line.strip_prefix("web console: http://")).unwrap().parse().unwrap();
        let (tell, said) = channel();
        // Nobody may have to wait because nobody reads what it says.
        std::thread::spawn(move || words.lines().map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Served { story, host, address, said: Mutex::new(said) }
    }

    /// Where its console is.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The district folder.
    pub fn folder(&self) -> PathBuf {
        self.story.folder()
    }

    /// Waits until it says this.
    pub fn hear(&self, wanted: &str) {
        let said = self.said.lock().unwrap();
        assert!(said.iter().any(|line| line.contains(wanted)), "it ended without saying {wanted:?}");
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        self.host.try_wait().unwrap().is_none()
    }

    /// A first password, as the operator gives it out.
    pub fn first_password(&self, person: &str) -> String {
        let (code, value) = hongling_json(&["person", self.folder().to_str().unwrap(), "password", person]);
        assert_eq!(code, Some(0), "{value}");
        value["password"].as_str().unwrap().to_owned()
    }

    /// A token for a program of somebody.
    pub fn token(&self, person: &str) -> String {
        self.token_with(person, &[])
    }

    /// The same with options.
    pub fn token_with(&self, person: &str, options: &[&str]) -> String {
        let folder = self.folder();
        let args = [&["person", folder.to_str().unwrap(), "token", person, "--name", "test"], options].concat();
        let (code, value) = hongling_json(&args);
        assert_eq!(code, Some(0), "{value}");
        value["token"].as_str().unwrap().to_owned()
    }

    /// Somebody who has signed in and chosen a password of their own.
    pub fn signed_in(&self, person: &str) -> Browser {
        let first = self.first_password(person);
        let mut browser = Browser::new(self.address);
        browser.go("/sign-in");
        browser.submit("/sign-in", &[("name", person), ("password", &first)]);
        browser.submit("/password", &[("old", &first), ("new", OWN_PASSWORD), ("again", OWN_PASSWORD)]);
        assert_eq!(browser.shown.status, 200, "{}", browser.shown.text());
        browser
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.host.kill();
        let _ = self.host.wait();
    }
}
