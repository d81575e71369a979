//! A program with somebody's token, on one connection.

use serde_json::Value;

use super::client::{Answered, Line};
use super::served::Served;

/// A program.
pub struct Program {
    line: Line,
    token: Option<String>,
}

impl Program {
    /// Of somebody.
    pub fn of(served: &Served, person: &str) -> Program {
        Program::with(served, Some(served.token(person)))
    }

    /// With this token, or with none.
    pub fn with(served: &Served, token: Option<String>) -> Program {
        Program { line: Line::open(served.address()), token }
    }

    /// Asks.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answered {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let own = bearer.as_deref().map(|bearer| ("Authorization", bearer));
        let headers: Vec<(&str, &str)> = own.into_iter().chain(headers.iter().copied()).collect();
        self.line.ask(method, path, &headers, body).unwrap()
    }

    /// Reads.
    pub fn get(&mut self, path: &str) -> Answered {
        self.ask("GET", path, &[], None)
    }

    /// Reads what must be there.
    pub fn value(&mut self, path: &str) -> Value {
        let answered = self.get(path);
        assert_eq!(answered.status, 200, "{path}: {}", answered.text());
        answered.json()
    }

    /// Sends JSON.
    pub fn post(&mut self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answered {
        let headers = [&[("Content-Type", "application/json")], headers].concat();
        self.ask("POST", path, &headers, Some(body.to_string().as_bytes()))
    }
}
