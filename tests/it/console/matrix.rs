//! P16, I11: every role at its places against every route, method and spelling of a path, held against a
//! model of who may that is written a second time, from the tables of the district and the manifests.
//!
//! The rules: some routes are anybody's; some are of whoever is known; those of the host are of who holds an
//! operator's role. A matter is seen by who holds a role that sees all, by who holds one that sees its area
//! and covers its place, and by whom it waits for. An action or view of a desk is open to who holds one of
//! its roles anywhere, and to anybody where it says so. All else is not there, and nobody can tell whether it
//! is not there for them only.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::Value;

use super::client::{Answered, Line};
use super::program::Program;
use super::served::Served;
use crate::program::hongling_json;
use crate::tidy::source::{read, sources};

const TODAY: &str = "2026-03-02";
const CALLS_MIN: usize = 20_000;
const THREADS: usize = 4;

/// Matters here and there: small ones wait at councils, big ones are called up.
const MATTERS: &str = r#"
open {"title": "楼道灯不亮", "place": "daguan/linghu/huamao/xiyuan"}
open {"title": "消防通道被堵", "place": "daguan/linghu/huamao/xiyuan"}
open {"title": "路灯不亮", "place": "daguan/linghu/linghu/hetang"}
open {"title": "路灯不亮", "place": "daguan/dekuan/lashuyuan/lashuyuan"}
open {"title": "消防通道被堵", "place": "daguan/huating/huating-nan/yiqu"}
open {"title": "说不清的事", "place": "daguan/yulin/siyanjing/siyanjing"}
"#;

/// At least one of each role, in several places.
const ASKERS: [&str; 16] = [
    "wang-xiufang",
    "zhao-defu",
    "liang-daming",
    "chen-jingjing",
    "guo-aizhen",
    "huang-kaiyuan",
    "gao-zhonghe",
    "tang-suqin",
    "liang-guangming",
    "lin-shenglin",
    "wang-lihua",
    "yu-baohua",
    "ma-aizhen",
    "fang-chunhua",
    "zhou-qiulian",
    "feng-baohua",
];

struct Held {
    role: String,
    place: String,
    unit: String,
}

struct Matter {
    number: String,
    desk: String,
    place: String,
    holders: Vec<Value>,
}

/// What the tables say.
struct Model {
    people: BTreeMap<String, Vec<Held>>,
    sees: BTreeMap<String, String>,
    operators: Vec<String>,
    matters: Vec<Matter>,
    manifests: BTreeMap<String, toml::Table>,
}

fn covers(outer: &str, inner: &str) -> bool {
    inner == outer || inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
}

fn texts(value: Option<&toml::Value>) -> Vec<&str> {
    value.and_then(|value| value.as_array()).into_iter().flatten().filter_map(|value| value.as_str()).collect()
}

impl Model {
    fn of(served: &Served) -> Model {
        let folder = served.folder();
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let mut people: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        for line in text("people.csv").lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let [person, _, role, place, unit, from, to] = cells[..] else { panic!("{line}") };
            let holds = (from.is_empty() || from <= TODAY) && (to.is_empty() || TODAY <= to);
            let held = people.entry(person.to_owned()).or_default();
            held.extend(holds.then(|| Held { role: role.into(), place: place.into(), unit: unit.into() }));
        }
        let config: toml::Table = text("hongling.toml").parse().unwrap();
        let sees = config["role"].as_table().unwrap().iter();
        let sees = sees.map(|(role, table)| (role.clone(), table["sees"].as_str().unwrap().to_owned())).collect();
        let operators = texts(config["console"].get("operators")).into_iter().map(str::to_owned).collect();
        let (_, list) = hongling_json(&["list", folder.to_str().unwrap()]);
        let matters = list.as_array().unwrap().iter().map(|matter| Matter {
            number: matter["number"].as_str().unwrap().to_owned(),
            desk: matter["desk"].as_str().unwrap().to_owned(),
            place: matter["place"].as_str().unwrap().to_owned(),
            holders: matter["holders"].as_array().cloned().unwrap_or_default(),
        });
        let manifest = |desk: &str| (desk.to_owned(), read(&format!("plugins/{desk}/plugin.toml")).parse().unwrap());
        let manifests = ["intake", "triage", "council", "station"].map(manifest).into_iter().collect();
        Model { people, sees, operators, matters: matters.collect(), manifests }
    }

    fn held(&self, person: Option<&str>) -> &[Held] {
        person.and_then(|person| self.people.get(person)).map_or(&[], Vec::as_slice)
    }

    fn has(&self, person: Option<&str>, role: &str) -> bool {
        self.held(person).iter().any(|held| held.role == role)
    }

    fn sees(&self, person: Option<&str>, matter: &Matter) -> bool {
        let held = self.held(person);
        let by_area = held.iter().any(|held| match self.sees[&held.role].as_str() {
            "all" => true,
            "area" => covers(&held.place, &matter.place),
            _ => false,
        });
        let waits = matter.holders.iter().any(|holder| {
            let post = &holder["post"];
            held.iter().any(|held| {
                post["unit"] == *held.unit && !held.unit.is_empty()
                    || post["role"]["role"] == *held.role
                        && covers(&held.place, post["role"]["place"].as_str().unwrap_or("?"))
            }) || post["person"].as_str().is_some_and(|person_of| Some(person_of) == person)
        });
        by_area || waits
    }

    fn is_among(&self, person: Option<&str>, who: &[&str]) -> bool {
        who.iter().any(|who| *who == "@anyone" || self.has(person, who))
    }

    fn parts(&self, desk: &str, part: &str) -> &[toml::Value] {
        let manifest = self.manifests.get(desk);
        manifest.and_then(|manifest| manifest.get(part)?.as_array()).map_or(&[], Vec::as_slice)
    }

    /// An action at a desk itself, or a view on its page.
    fn offers(&self, person: Option<&str>, desk: &str, part: &str, name: &str) -> bool {
        self.parts(desk, part).iter().any(|spec| {
            let is_here = if part == "action" { spec["on"].as_str() == Some("desk") } else { spec.get("of").is_none() };
            spec["name"].as_str() == Some(name) && is_here && self.is_among(person, &texts(spec.get("who")))
        })
    }

    fn offers_any(&self, person: Option<&str>, desk: &str) -> bool {
        ["action", "view"].iter().any(|part| {
            let names = self.parts(desk, part).iter().filter_map(|spec| spec["name"].as_str());
            names.into_iter().any(|name| self.offers(person, desk, part, name))
        })
    }

    /// Whether what a route does at these parts of its path may be had by somebody.
    fn may(&self, person: Option<&str>, route: &str, parts: &BTreeMap<&str, String>) -> bool {
        let part = |name: &str| parts[name].as_str();
        let matter = || self.matters.iter().find(|matter| matter.number == parts["number"]);
        let is_seen = || matter().is_some_and(|matter| self.sees(person, matter));
        let on_matter = |action: &str| {
            // Whoever sees a matter may comment on it.
            if action == "@comment" {
                return is_seen();
            }
            let desk = matter().map_or("", |matter| matter.desk.as_str());
            let mut actions = self.parts(desk, "action").iter();
            is_seen()
                && actions.any(|spec| spec["name"].as_str() == Some(action) && spec["on"].as_str() != Some("desk"))
        };
        let is_known = person.is_some();
        match route {
            "/"
            | "/healthz"
            | "/readyz"
            | "/favicon.ico"
            | "/sign-in"
            | "/language"
            | "/report"
            | "/progress"
            | "/files"
            | "/api/v1/openapi.json" => true,
            // The hash and name of none.
            "/assets/{hash}/{name}" | "/files/{sha256}" | "/files/{sha256}/small" => false,
            // Who has an account comes with no code, and who has none sends nothing from elsewhere.
            "/progress/act/{action}" => is_known,
            "/sign-out"
            | "/password"
            | "/matters"
            | "/overview"
            | "/directory"
            | "/directory/units"
            | "/desks"
            | "/api/v1/matters"
            | "/api/v1/desks"
            | "/api/v1/directory/places"
            | "/api/v1/directory/units"
            | "/api/v1/directory/roles"
            | "/api/v1/directory/people" => is_known,
            "/host"
            | "/host/retry"
            | "/host/password"
            | "/api/v1/status"
            | "/api/v1/audit/head"
            | "/api/v1/audit/verify" => self.operators.iter().any(|role| self.has(person, role)),
            "/matters/{number}" | "/api/v1/matters/{number}" => is_seen(),
            "/matters/{number}/act/{action}" | "/api/v1/matters/{number}/actions/{action}" => on_matter(part("action")),
            "/desks/{desk}" => is_known && self.offers_any(person, part("desk")),
            "/desks/{desk}/act/{action}" | "/api/v1/desks/{desk}/actions/{action}" => {
                is_known && self.offers(person, part("desk"), "action", part("action"))
            }
            "/desks/{desk}/views/{view}" | "/api/v1/desks/{desk}/views/{view}" => {
                is_known && self.offers(person, part("desk"), "view", part("view"))
            }
            "/desks/{desk}/views/{view}/{format}" | "/api/v1/desks/{desk}/views/{view}/{format}" => {
                is_known && self.offers(person, part("desk"), "view", part("view")) && part("format") == "csv"
            }
            // The action of the example's one import is open to anybody who is known.
            "/desks/{desk}/imports/{import}" | "/api/v1/desks/{desk}/imports/{import}" => {
                is_known && part("desk") == "intake" && part("import") == "requests"
            }
            other => panic!("{other} is a route that the model does not know: write down here who may"),
        }
    }
}

/// Every route of the console, out of its source: `GET /matters`.
fn routes() -> BTreeSet<(String, String)> {
    let mut routes = BTreeSet::new();
    for file in sources().iter().filter(|file| file.path.starts_with("host/src/console/") && !file.is_test()) {
        let calls = [("routes.get(\"", "GET"), ("routes.post(\"", "POST"), ("routes.add(Method::POST, \"", "POST")];
        for (call, method) in calls {
            let found = file.text.split(call).skip(1).map(|rest| rest.split('"').next().unwrap());
            routes.extend(found.map(|path| (method.to_owned(), path.to_owned())));
        }
    }
    routes
}

/// Values that the parts of paths are given: those there are, and one there is not.
fn values(model: &Model, name: &str) -> Vec<String> {
    let given = |all: &[&str]| all.iter().map(|value| (*value).to_owned()).collect();
    match name {
        "number" => {
            let all = model.matters.iter().map(|matter| matter.number.clone());
            all.chain(["SQ2026-999999".to_owned(), "x".to_owned()]).collect()
        }
        "desk" => given(&["intake", "triage", "council", "none"]),
        "action" => given(&["agenda", "report", "@comment", "none"]),
        "view" => given(&["board", "unsure", "why"]),
        "format" => given(&["csv", "none"]),
        "import" => given(&["requests", "none"]),
        "hash" | "name" | "sha256" => given(&["none"]),
        other => panic!("{other} is a part of a path that the model does not know"),
    }
}

/// A path with its parts filled in.
struct Target {
    route: String,
    methods: Vec<String>,
    path: String,
    parts: BTreeMap<&'static str, String>,
}

fn targets(model: &Model, served: &Served) -> Vec<Target> {
    let mut by_path: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let described = Program::with(served, None).value("/api/v1/openapi.json");
    let of_api = described["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        methods.as_object().unwrap().keys().map(|method| (method.to_uppercase(), path.clone()))
    });
    for (method, path) in routes().into_iter().chain(of_api) {
        by_path.entry(path).or_default().push(method);
    }
    let mut targets = Vec::new();
    for (route, methods) in by_path {
        let mut filled = vec![(route.clone(), BTreeMap::new())];
        for name in ["number", "desk", "action", "view", "format", "import", "hash", "name", "sha256"] {
            let hole = format!("{{{name}}}");
            if route.contains(&hole) {
                let fill = |(path, parts): &(String, BTreeMap<&'static str, String>), value: String| {
                    let parts = parts.clone().into_iter().chain([(name, value.clone())]).collect();
                    (path.replace(&hole, &value), parts)
                };
                let all = filled.iter().flat_map(|one| values(model, name).into_iter().map(|value| fill(one, value)));
                filled = all.collect();
            }
        }
        let (route, methods) = (&route, &methods);
        let made = filled.into_iter().map(|(path, parts)| Target {
            route: route.clone(),
            methods: methods.clone(),
            path,
            parts,
        });
        targets.extend(made);
    }
    targets
}

/// The same path written as no honest program writes it.
fn odd(path: &str) -> Vec<String> {
    let last = path.rfind('/').unwrap();
    let (before, after) = path.split_at(last);
    let encoded =
        if before.is_empty() { format!("/%2f{}", &after[1..]) } else { format!("{before}%2f{}", &after[1..]) };
    vec![
        format!("/{path}"),
        format!("{before}/{after}"),
        encoded,
        format!("{before}/.{after}"),
        format!("{before}/x/..{after}"),
        format!("{before}/%2e%2e{path}"),
        format!("{path};x=1"),
        format!("{path}/"),
        format!("{path}%00"),
        path.to_uppercase(),
    ]
}

fn is_reached(answered: &Answered) -> bool {
    match answered.status {
        200..=299 | 415 | 422 | 429 => true,
        303 => !answered.header("location").unwrap().starts_with("/sign-in"),
        _ => false,
    }
}

struct Walk<'a> {
    model: &'a Model,
    person: Option<&'a str>,
    token: Option<String>,
    line: Line,
    calls: usize,
    wrong: Vec<String>,
}

impl Walk<'_> {
    fn ask(&mut self, method: &str, path: &str) -> Answered {
        let bearer = format!("Bearer {}", self.token.as_deref().unwrap_or(""));
        let mut headers = vec![("Content-Type", "application/json")];
        if self.token.is_some() {
            headers.push(("Authorization", &bearer));
        }
        self.calls += 1;
        let body = (method == "POST").then_some(&br#"{"no-such-field": 1}"#[..]);
        let answered = self.line.ask(method, path, &headers, body);
        answered.unwrap_or_else(|error| panic!("call {} of {:?}, {method} {path}: {error}", self.calls, self.person))
    }

    fn walk(&mut self, targets: &[Target]) {
        let mut nothing: BTreeMap<&str, Answered> = BTreeMap::new();
        for kind in ["/none", "/api/v1/none"] {
            let answered = self.ask("GET", kind);
            nothing.insert(kind, answered);
        }
        for target in targets {
            for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"] {
                let asked = if method == "HEAD" { "GET" } else { method };
                let is_served = target.methods.iter().any(|served| served == asked);
                // Nobody sends anything from elsewhere, and what is anybody's needs no token.
                let may_send = method != "POST" || self.person.is_some();
                let may = is_served && may_send && self.model.may(self.person, &target.route, &target.parts);
                let answered = self.ask(method, &target.path);
                // Who does not know the password was heard.
                let is_reached = is_reached(&answered) || (target.route == "/sign-in" && answered.status == 401);
                if is_reached != may {
                    let (person, path) = (self.person, &target.path);
                    self.wrong.push(format!("{person:?} {method} {path}: {} and may is {may}", answered.status));
                }
                if method == "GET" && is_served && !may && self.person.is_some() {
                    self.check_nothing(target, &answered, &nothing);
                }
            }
            if target.path != "/" {
                for path in odd(&target.path) {
                    let answered = self.ask("GET", &path);
                    let is_same = path == target.path;
                    if is_reached(&answered) && !is_same {
                        self.wrong.push(format!("{:?} GET {path}: {}", self.person, answered.status));
                    }
                }
            }
        }
    }

    /// What is not theirs is answered, byte for byte, as what there is not.
    fn check_nothing(&mut self, target: &Target, answered: &Answered, nothing: &BTreeMap<&str, Answered>) {
        let none = if target.path.starts_with("/api/") { "/api/v1/none" } else { "/none" };
        let plain = |answered: &Answered, path: &str| {
            let headers: Vec<_> = answered
                .headers
                .iter()
                .filter(|(name, _)| name != "date" && name != "content-length")
                .cloned()
                .collect();
            // A page says where one is, to come back there, and marks that in its menu.
            let text = answered.text().replace(path, "PATH").replace(" aria-current=\"page\"", "");
            (answered.status, headers, text)
        };
        if plain(answered, &target.path) != plain(&nothing[none], none) {
            self.wrong.push(format!("{:?} GET {} can be told from nothing", self.person, target.path));
        }
    }

    /// Lists hold what may be seen, and no more.
    fn check_list(&mut self) {
        let answered = self.ask("GET", "/api/v1/matters?status=all&limit=400");
        let listed = answered.json();
        let listed: BTreeSet<&str> =
            listed["matters"].as_array().unwrap().iter().map(|matter| matter["number"].as_str().unwrap()).collect();
        let seen = self.model.matters.iter().filter(|matter| self.model.sees(self.person, matter));
        let seen: BTreeSet<&str> = seen.map(|matter| matter.number.as_str()).collect();
        if listed != seen {
            self.wrong.push(format!("{:?} is listed {listed:?} and may see {seen:?}", self.person));
        }
    }
}

#[test]
fn nobody_does_or_sees_more_than_they_may() {
    let served = Served::after(MATTERS);
    let folder = served.folder();
    let state = || hongling_json(&["list", folder.to_str().unwrap()]).1;
    let (before, model) = (state(), Model::of(&served));
    let targets = targets(&model, &served);
    let seen: BTreeSet<bool> = model.matters.iter().map(|matter| model.sees(Some("ma-aizhen"), matter)).collect();
    assert_eq!((model.matters.len(), seen.len()), (6, 2), "there is something to see and something not to");
    let known = ASKERS.iter().map(|person| (Some(*person), Some(served.token(person))));
    let askers = Mutex::new(known.chain([(None, None)]).collect::<Vec<_>>());
    let at = served.address();
    let told: Mutex<(usize, Vec<String>)> = Mutex::default();
    let work = || {
        loop {
            let Some((person, token)) = askers.lock().unwrap().pop() else { break };
            let line = Line::open(at);
            let mut walk = Walk { model: &model, person, token, line, calls: 0, wrong: Vec::new() };
            walk.walk(&targets);
            if person.is_some() {
                walk.check_list();
            }
            let mut told = told.lock().unwrap();
            told.0 += walk.calls;
            told.1.extend(walk.wrong);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    let (calls, wrong) = told.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {calls} calls:\n{}", wrong.len(), wrong.join("\n"));
    assert!(CALLS_MIN <= calls, "{calls} calls");
    assert_eq!(state(), before, "nothing of it changed anything");
}

/// Whose last appointment is taken away is out at once, with their session and their token.
#[test]
fn an_appointment_that_ends() {
    let served = Served::after(MATTERS);
    let mut browser = served.signed_in("ma-aizhen");
    let mut program = Program::of(&served, "ma-aizhen");
    assert_eq!(browser.get("/matters/SQ2026-000001").status, 200);
    assert_eq!(program.get("/api/v1/matters/SQ2026-000001").status, 200);
    let people = served.folder().join("people.csv");
    let table = std::fs::read_to_string(&people).unwrap();
    // First the term ends: nothing is theirs any more, though they are still known.
    std::fs::write(&people, table.replace("xiyuan,,2024-07-01,\n", "xiyuan,,2024-07-01,2026-03-01\n")).unwrap();
    served.hear("a new config is in force");
    assert_eq!(browser.get("/matters/SQ2026-000001").status, 404);
    assert_eq!(program.get("/api/v1/matters/SQ2026-000001").status, 404);
    assert_eq!(program.value("/api/v1/matters?status=all")["matters"], serde_json::json!([]));
    // Then they leave.
    let rest: Vec<&str> = table.lines().filter(|line| !line.starts_with("ma-aizhen,")).collect();
    std::fs::write(&people, rest.join("\n") + "\n").unwrap();
    served.hear("a new config is in force");
    assert_eq!(browser.get("/matters").header("location"), Some("/sign-in?next=%2Fmatters"));
    assert_eq!(program.get("/api/v1/matters").status, 401);
}
