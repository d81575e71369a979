//! Where a new crate gets the contract from: a folder or a repository, for it is on no registry.

use std::fs;
use std::path::{Path, PathBuf};

use plugin_api::Title;

/// The package of the contract, and the folder of a checkout that holds it.
const PACKAGE: &str = "hongling-plugin-api";
const FOLDER: &str = "plugin-api";

/// Where the contract comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Api {
    /// A folder that holds it.
    Folder(PathBuf),
    /// A git repository that holds it, perhaps at a certain commit, tag or branch.
    Git {
        /// Its address.
        url: String,
        /// The commit.
        rev: Option<String>,
    },
}

impl Api {
    /// What an author names: the folder `plugin-api`, a checkout that holds it, or `URL#REV` of a
    /// repository.
    ///
    /// # Errors
    /// There is no contract at such a folder.
    pub fn named(given: &str) -> Result<Api, Title> {
        if given.contains("://") || given.starts_with("git@") {
            let (url, rev) = given.split_once('#').map_or((given, None), |(url, rev)| (url, Some(rev.to_owned())));
            // The short form of ssh is git's own, and cargo takes the long one only.
            let url = match url.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
                Some((host, path)) => format!("ssh://git@{host}/{path}"),
                None => url.to_owned(),
            };
            return Ok(Api::Git { url, rev });
        }
        find_at(Path::new(given)).map(Api::Folder).ok_or_else(|| {
            Title::new(
                format!("{given} 里没有 {PACKAGE}；--api 要写红领源码的 {FOLDER} 目录，或它的 git 地址"),
                format!(
                    "{given} holds no {PACKAGE}; --api is the folder {FOLDER:?} of a checkout of Hongling, or the \
                     address of its git repository"
                ),
            )
        })
    }

    /// Found above the new crate or above the program, if either lies in a checkout.
    ///
    /// # Errors
    /// Neither does.
    pub fn found(folder: &Path, program: &Path) -> Result<Api, Title> {
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_path_buf());
        let above = folder.ancestors().skip(1).chain(program.ancestors().skip(1));
        above.into_iter().find_map(find_at).map(Api::Folder).ok_or_else(|| {
            Title::new(
                format!("找不到 {PACKAGE}：它不在 crates.io 上；请写 --api，指明红领源码的 {FOLDER} 目录，或它的 git 地址"),
                format!(
                    "cannot tell where {PACKAGE} is: it is not on crates.io; give --api with the folder {FOLDER:?} of a \
                     checkout of Hongling, or with the address of its git repository"
                ),
            )
        })
    }

    /// As keys of a dependency in Cargo.toml.
    pub(super) fn dependency(&self) -> String {
        let text = |text: &str| toml::Value::String(text.to_owned()).to_string();
        match self {
            Api::Folder(path) => format!("path = {}", text(&path.to_string_lossy())),
            Api::Git { url, rev: None } => format!("git = {}", text(url)),
            Api::Git { url, rev: Some(rev) } => format!("git = {}, rev = {}", text(url), text(rev)),
        }
    }
}

/// The folder of the contract that is meant by a folder: it, or the one in it.
fn find_at(folder: &Path) -> Option<PathBuf> {
    [folder.to_path_buf(), folder.join(FOLDER)].into_iter().find_map(|folder| {
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).ok()?.parse().ok()?;
        let name = manifest.get("package")?.get("name")?.as_str()?;
        // A path that is not UTF-8 cannot stand in a Cargo.toml.
        (name == PACKAGE).then(|| folder.canonicalize().ok()).flatten().filter(|folder| folder.to_str().is_some())
    })
}
