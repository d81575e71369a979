//! What pages load: style, scripts, charts. Embedded, and kept by browsers under the hash of their bytes.
//!
//! `htmx.min.js` and `charts.js` are made by others; how they came here stands in `assets/README.md`.

use std::sync::LazyLock;

use http::header;
use sha2::{Digest as _, Sha256};

use super::ask::Ask;
use super::door::{Policy, Routes};
use super::house::House;
use super::reply::{Refusal, Reply};

struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    hash: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let asset = |name, kind, bytes: &'static [u8]| {
        let hash = Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Asset { name, kind, bytes, hash }
    };
    vec![
        asset("console.css", "text/css; charset=utf-8", include_bytes!("assets/console.css")),
        asset("console.js", "text/javascript; charset=utf-8", include_bytes!("assets/console.js")),
        asset("htmx.min.js", "text/javascript; charset=utf-8", include_bytes!("assets/htmx.min.js")),
        asset("charts.js", "text/javascript; charset=utf-8", include_bytes!("assets/charts.js")),
        asset("icon.svg", "image/svg+xml", include_bytes!("assets/icon.svg")),
    ]
});

pub(super) fn add(routes: &mut Routes) {
    routes.get("/assets/{hash}/{name}", Policy::Anyone, serve);
    routes.get("/favicon.ico", Policy::Anyone, |_, _| Ok(Reply::see(&address("icon.svg"))));
}

/// Where an asset is: another address whenever its bytes are others.
pub(super) fn address(name: &str) -> String {
    let asset = ASSETS.iter().find(|asset| asset.name == name).expect("pages name what is embedded");
    format!("/assets/{}/{name}", asset.hash)
}

fn serve(_: &House, ask: &Ask) -> Result<Reply, Refusal> {
    let found = ASSETS.iter().find(|asset| asset.name == ask.part("name") && asset.hash == ask.part("hash"));
    let asset = found.ok_or_else(Refusal::not_there)?;
    let reply = Reply::typed(asset.kind, asset.bytes.to_vec());
    Ok(reply.with(header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
}

#[cfg(test)]
mod tests {
    use super::ASSETS;

    #[test]
    fn all_of_them_together_are_small() {
        let bytes: usize = ASSETS.iter().map(|asset| asset.bytes.len()).sum();
        assert!(bytes < 600 * 1024, "{bytes} bytes");
    }
}
