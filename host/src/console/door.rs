//! The way of a request: which route, who asks, may they, was it sent from here; then its handler.
//!
//! Always holds: a route cannot be added without a policy; what is not a route and what is not the
//! asker's are answered alike; handlers run on threads of their own, never more than are let in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, RawPathParams, Request};
use axum::response::Response;
use axum::routing::{MethodFilter, on};
use http::{HeaderMap, Method, Uri, header};
use tokio::sync::Semaphore;

use super::ask::{Ask, LANG_COOKIE, Read, is_plain, lang_of, pairs, read_body};
use super::finding::asker;
use super::house::House;
use super::pages::frame::refused_page;
use super::reply::{Refusal, Reply};
use super::upload::put_up;
use super::visitor::{SESSION_COOKIE, Visitor, check_origin};
use crate::limits::REQUESTS_MAX;

/// Who may ask a route at all. What they then see and do is decided by `permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// Anybody, also without an account.
    Anyone,
    /// Somebody of the directory who has signed in, or whose program has a token.
    Person,
    /// The same, also while their first password is to be changed.
    NewPerson,
    /// Who runs the host: holds a role that `[console] operators` names.
    Operator,
}

/// What answers a request that has come so far.
pub(super) type Handler = fn(&House, &Ask) -> Result<Reply, Refusal>;

/// A route, as tests walk over them.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub method: Method,
    pub path: &'static str,
    pub policy: Policy,
    handler: Handler,
}

/// All routes of the console.
#[derive(Debug, Default)]
pub(super) struct Routes(Vec<Route>);

impl Routes {
    /// Adds a page or a part of one.
    pub fn get(&mut self, path: &'static str, policy: Policy, handler: Handler) {
        self.0.push(Route { method: Method::GET, path, policy, handler });
    }

    /// Adds what changes something.
    pub fn post(&mut self, path: &'static str, policy: Policy, handler: Handler) {
        self.0.push(Route { method: Method::POST, path, policy, handler });
    }

    /// The routes, as they are served.
    pub fn into_router(self, house: Arc<House>) -> Router {
        let room = Arc::new(Semaphore::new(REQUESTS_MAX));
        let mut router = Router::new();
        for route in self.0 {
            let filter = MethodFilter::try_from(route.method.clone()).expect("routes are GET and POST");
            let (house, room) = (Arc::clone(&house), Arc::clone(&room));
            let way = move |ConnectInfo(from): ConnectInfo<SocketAddr>, params: RawPathParams, request: Request| {
                let parts = params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                let (house, room) = (Arc::clone(&house), Arc::clone(&room));
                let (policy, handler) = (route.policy, route.handler);
                async move { go(house, room, Going { policy, handler, from, parts, request }).await }
            };
            router = router.route(route.path, on(filter, way));
        }
        let way = move |ConnectInfo(from): ConnectInfo<SocketAddr>, request: Request| {
            let (house, room) = (Arc::clone(&house), Arc::clone(&room));
            let going = Going { policy: Policy::Anyone, handler: nothing, from, parts: BTreeMap::new(), request };
            async move { go(house, room, going).await }
        };
        router.method_not_allowed_fallback(way.clone()).fallback(way)
    }
}

fn nothing(_: &House, _: &Ask) -> Result<Reply, Refusal> {
    Err(Refusal::not_there())
}

/// A request on its way.
struct Going {
    policy: Policy,
    handler: Handler,
    from: SocketAddr,
    parts: BTreeMap<String, String>,
    request: Request,
}

async fn go(house: Arc<House>, room: Arc<Semaphore>, going: Going) -> Response {
    let Going { policy, handler, from, parts, request } = going;
    let (head, body) = request.into_parts();
    let ask = Ask {
        query: pairs(head.uri.query().unwrap_or("").as_bytes()),
        method: head.method,
        path: head.uri.path().to_owned(),
        parts,
        form: Vec::new(),
        json: None,
        headers: head.headers,
        from: from.ip(),
        lang: crate::lang::Lang::Zh,
        visitor: Visitor::default(),
        now_ms: house.clock.now_ms(),
    };
    let Ok(_room) = room.try_acquire() else {
        let full = Refusal::new(503, "现在人太多，请稍后再试", "too many requests just now; try again in a moment");
        return full.after(2).problem().into_response();
    };
    let read = read_body(&ask.method, &ask.headers, body).await;
    let work = move || enter(&house, policy, handler, (ask, head.uri), read);
    match tokio::task::spawn_blocking(work).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "A page failed.");
            Refusal::new(500, "页面出错了，请联系管理员", "the page failed; tell the operator")
                .problem()
                .into_response()
        }
    }
}

fn enter(
    house: &House,
    policy: Policy,
    handler: Handler,
    (mut ask, uri): (Ask, Uri),
    read: Result<Read, Refusal>,
) -> Response {
    ask.lang = lang_of(&ask.query, ask.cookie(LANG_COOKIE));
    let answered = answer(house, policy, handler, (&mut ask, &uri), read);
    let reply = answered.unwrap_or_else(|refusal| {
        if ask.is_api() { refusal.problem() } else { refusal.timed(refused_page(house, &ask, &refusal)) }
    });
    reply.into_response()
}

fn answer(
    house: &House,
    policy: Policy,
    handler: Handler,
    (ask, uri): (&mut Ask, &Uri),
    read: Result<Read, Refusal>,
) -> Result<Reply, Refusal> {
    ask.visitor = Visitor::find(house, &ask.headers, ask.cookie(SESSION_COOKIE))?;
    if !is_plain(uri) || is_doubled(&ask.headers) {
        return Err(Refusal::not_there());
    }
    let Read { form, json, files, room } = read?;
    (ask.form, ask.json) = (form, json);
    check_origin(ask)?;
    match policy {
        Policy::Anyone => {}
        Policy::Person | Policy::NewPerson | Policy::Operator if ask.visitor.person.is_none() => {
            if ask.is_api() {
                return Err(Refusal::new(401, "请带上令牌", "send a token"));
            }
            return Ok(Reply::see(&sign_in_for(ask, uri)));
        }
        Policy::Person | Policy::Operator if ask.visitor.must_choose() => return Ok(Reply::see("/password")),
        Policy::Operator if !is_operator(house, ask) => return Err(Refusal::not_there()),
        Policy::Person | Policy::NewPerson | Policy::Operator => {}
    }
    put_up(house, ask, files)?;
    drop(room);
    handler(house, ask)
}

/// Whether a header is there twice that must not be: two readers of it would each believe another.
fn is_doubled(headers: &HeaderMap) -> bool {
    [header::HOST, header::AUTHORIZATION, header::ORIGIN, header::CONTENT_LENGTH]
        .iter()
        .any(|name| 1 < headers.get_all(name).iter().count())
}

/// Whether the asker runs the host.
pub(super) fn is_operator(house: &House, ask: &Ask) -> bool {
    let config = &house.in_force.get().config;
    let asker = asker(config, ask);
    config.console.operators.iter().any(|role| asker.has_role(role, None))
}

/// Where to sign in, to go on to what was asked for.
fn sign_in_for(ask: &Ask, uri: &Uri) -> String {
    let wanted = uri.path_and_query().map_or("/", |wanted| wanted.as_str());
    if !ask.method.is_safe() || wanted == "/" {
        return "/sign-in".to_owned();
    }
    let encoded: String = form_urlencoded::byte_serialize(wanted.as_bytes()).collect();
    format!("/sign-in?next={encoded}")
}
