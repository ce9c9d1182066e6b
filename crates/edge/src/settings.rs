//! Reading the variables, once per instance.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use latchkey_api::Settings;
use latchkey_api::settings::VARIABLES;
use spin_sdk::variables::{self, Error};

type Loaded = Result<Rc<Settings>, String>;

thread_local! {
    // An instance has one thread, and its variables do not change while it lives.
    static LOADED: OnceCell<Loaded> = const { OnceCell::new() };
}

/// The deployment's settings, or for the operator why there are none.
pub(crate) async fn load() -> Loaded {
    if let Some(loaded) = LOADED.with(|loaded| loaded.get().cloned()) {
        return loaded;
    }
    match read().await {
        // A provider that is out of reach may be back for the next request, so this is not kept.
        Err(out_of_reach) => Err(out_of_reach),
        // Requests that started together may both get here; they have read the same.
        Ok(loaded) => LOADED.with(|cell| cell.get_or_init(|| loaded).clone()),
    }
}

async fn read() -> Result<Loaded, String> {
    let mut values = HashMap::new();
    for name in VARIABLES {
        match variables::get(name).await {
            Ok(value) => {
                values.insert(name, value);
            }
            // A component is given only the variables it needs.
            Err(Error::Undefined(_) | Error::InvalidName(_)) => {}
            Err(Error::Provider(reason) | Error::Other(reason)) => return Err(format!("{name}: {reason}")),
        }
    }
    Ok(Settings::read(|name| values.get(name).cloned()).map(Rc::new))
}
