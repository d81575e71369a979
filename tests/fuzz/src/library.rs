//! A whole library file, inspected without being run.

use hongling::plugins::inspect_bytes;

use crate::manifest::check_reason;

/// Inspects it. It is never loaded.
pub fn run(data: &[u8]) {
    let size = data.len() as u64;
    match inspect_bytes(data.to_vec()) {
        Ok(inspection) => {
            assert_eq!((inspection.size, inspection.name.as_str()), (size, inspection.manifest.name.as_str()));
            assert!(inspection.min_host_minor <= inspection.abi_minor, "a library speaks what it needs");
            assert!(inspection.needed.iter().all(|name| !name.contains('/')), "nothing is needed by path");
        }
        Err(reason) => check_reason(&reason),
    }
}
