//! Where the console is, and who runs the host there. An unknown role is told unless a file is missing in
//! which it may stand.

use std::net::SocketAddr;

use plugin_api::RoleId;

use super::super::Console;
use super::super::problem::{Remarks, named, quoted};
use super::super::raw::console::RawConsole;
use crate::directory::Directory;

pub(super) fn resolve(raw: Option<&RawConsole>, directory: Option<&Directory>, remarks: &mut Remarks) -> Console {
    let mut console = Console::default();
    let Some(raw) = raw else { return console };
    if let Some(listen) = &raw.listen {
        match listen.value.parse::<SocketAddr>() {
            Ok(address) => console.listen = address,
            Err(_) => remarks
                .error(
                    listen.spot,
                    format!("listen {}不是带端口的地址", named(&listen.value)),
                    format!("listen {} is not an address with a port", quoted(&listen.value)),
                )
                .hint("写成 \"127.0.0.1:8311\"", "write \"127.0.0.1:8311\""),
        }
    }
    for role in &raw.operators {
        let id = RoleId::new(role.value.as_str());
        match directory {
            Some(directory) if directory.role(&id).is_none() => remarks
                .error(
                    role.spot,
                    format!("operators 里没有角色{}", named(&role.value)),
                    format!("operators: there is no role {}", quoted(&role.value)),
                )
                .suggest(&role.value, directory.roles().map(|(id, _)| id.as_str())),
            _ => console.operators.push(id),
        }
    }
    console
}
