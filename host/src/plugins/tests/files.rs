//! Files as they come, and their private copies.

use std::fs::File;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use expect_test::expect;

use super::compiler::{Scratch, run};
use crate::plugins::ingest::{FILE_BYTES_MAX, FileBytes, find_kept, keep, read};

#[test]
fn what_is_no_ordinary_file_is_not_opened() {
    let scratch = Scratch::new();
    let file = |name: &str| scratch.path().join(name);
    std::fs::create_dir(file("folder.so")).unwrap();
    run(Command::new("mkfifo").arg(file("pipe.so")));
    File::create(file("empty.so")).unwrap();
    File::create(file("huge.so")).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    std::fs::write(file("real"), "bytes").unwrap();
    symlink(file("real"), file("link.so")).unwrap();
    symlink(file("pipe.so"), file("link-to-pipe.so")).unwrap();
    symlink(file("loop.so"), file("loop.so")).unwrap();
    symlink(Path::new("/dev/zero"), file("device.so")).unwrap();
    std::os::unix::net::UnixListener::bind(file("socket.so")).unwrap();

    let mut said = String::new();
    let names =
        ["folder", "pipe", "empty", "huge", "link", "link-to-pipe", "loop", "device", "socket", "missing", "new\nline"];
    for name in names {
        let line = match read(&file(&format!("{name}.so"))) {
            Ok(read) => format!("{name}: {} bytes, sha256 {}", read.bytes.len(), read.sha256),
            Err(error) => scratch.shorten(&error.to_string()),
        };
        said.push_str(&format!("{line}\n"));
    }
    expect![[r#"
        ~/folder.so: is a folder, not a library; take it away or put the library there
        ~/pipe.so: is a named pipe, not a library; take it away or put the library there
        ~/empty.so: is empty; copy it again
        ~/huge.so: has 67108865 bytes, more than the 67108864 that are read; strip it of debug information
        link: 5 bytes, sha256 277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9
        ~/link-to-pipe.so: is a named pipe, not a library; take it away or put the library there
        ~/loop.so: is a link that leads to itself; take it away or put the library there
        ~/device.so: is a device, not a library; take it away or put the library there
        ~/socket.so: is a socket, not a library; take it away or put the library there
        ~/missing.so: there is no such file; check the path
        ~/new\nline.so: there is no such file; check the path
    "#]]
    .assert_eq(&said);
}

#[test]
fn copies_are_private_and_whole() {
    let scratch = Scratch::new();
    let data = scratch.path().join("data");
    let file = FileBytes::new(b"bytes".to_vec());
    let kept = keep(&file, &data).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = kept.path().parent().unwrap().to_path_buf();
    let inode = |path: &Path| path.metadata().unwrap().ino();
    let first = inode(kept.path());

    let mut said = format!("{}\n", scratch.shorten(&kept.path().display().to_string()));
    said.push_str(&format!("others may write: {}\n", (mode(&folder) | mode(kept.path())) & 0o022 != 0));
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o777)).unwrap();
    let other = FileBytes::new(b"other bytes".to_vec());
    std::fs::remove_file(keep(&other, &data).unwrap().path()).unwrap();
    said.push_str(&format!("others may write, after one was kept: {}\n", mode(&folder) & 0o022 != 0));
    let again = keep(&file, &data).unwrap();
    said.push_str(&format!("used again: {}\n", inode(again.path()) == first));

    // Damaged on the disk, or put there by somebody: not used, and replaced by a new file.
    std::fs::set_permissions(kept.path(), PermissionsExt::from_mode(0o600)).unwrap();
    std::fs::write(kept.path(), "bytes?").unwrap();
    said.push_str(&format!("a damaged copy is found: {}\n", find_kept(&data, file.sha256).is_some()));
    let mended = keep(&file, &data).unwrap();
    said.push_str(&format!("replaced: {}\n", std::fs::read(mended.path()).unwrap() == b"bytes"));

    std::fs::remove_file(kept.path()).unwrap();
    std::fs::write(scratch.path().join("elsewhere"), "bytes").unwrap();
    symlink(scratch.path().join("elsewhere"), kept.path()).unwrap();
    said.push_str(&format!("a link is found: {}\n", find_kept(&data, file.sha256).is_some()));
    keep(&file, &data).unwrap();
    said.push_str(&format!("replaced: {}\n", !kept.path().is_symlink()));
    said.push_str(&format!("files left: {}\n", std::fs::read_dir(&folder).unwrap().count()));

    std::fs::write(scratch.path().join("taken"), "").unwrap();
    let error = keep(&file, &scratch.path().join("taken")).err().unwrap();
    said.push_str(&scratch.shorten(&error.to_string()));
    expect![[r#"
        ~/data/libraries/277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9.so
        others may write: false
        others may write, after one was kept: false
        used again: true
        a damaged copy is found: false
        replaced: true
        a link is found: false
        replaced: true
        files left: 1
        ~/taken: is a file where a folder must be; take it away, or name another folder"#]]
    .assert_eq(&said);
}
