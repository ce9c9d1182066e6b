//! Hints on the key-value store: what may be lost or stale. Whatever goes wrong with one, there is just no hint.

use std::cell::RefCell;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use spin_sdk::key_value::Store;

thread_local! {
    // An instance has one thread. No borrow lives across an await.
    static STORE: RefCell<Option<Rc<Store>>> = const { RefCell::new(None) };
}

/// The hint under `key`, if there is one that can be read.
pub async fn get<T: DeserializeOwned>(key: &str) -> Option<T> {
    let bytes = open().await?.get(key).await.unwrap_or_else(|_| forget())?;
    serde_json::from_slice(&bytes).ok()
}

/// Leaves a hint.
pub async fn set<T: Serialize>(key: &str, hint: &T) {
    let (Some(store), Ok(bytes)) = (open().await, serde_json::to_vec(hint)) else { return };
    if store.set(key, bytes).await.is_err() {
        forget::<()>();
    }
}

async fn open() -> Option<Rc<Store>> {
    let kept = STORE.with_borrow(Clone::clone);
    if kept.is_some() {
        return kept;
    }
    let store = Rc::new(Store::open_default().await.ok()?);
    STORE.set(Some(store.clone()));
    Some(store)
}

/// Drops the store after a failure, so that the next hint opens it anew.
fn forget<T>() -> Option<T> {
    STORE.set(None);
    None
}
