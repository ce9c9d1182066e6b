//! Rust types and traits for Spin's interfaces, made from the WIT texts in `wit/`.
#![allow(missing_docs, unreachable_pub, clippy::all, clippy::indexing_slicing, reason = "generated code")]

wasmtime::component::bindgen!({
    path: "wit",
    world: "latchkey:host/spin",
    imports: {
        "spin:sqlite/sqlite.[drop]connection": trappable,
        "spin:sqlite/sqlite.[static]connection.open": async | trappable,
        "spin:sqlite/sqlite.[method]connection.execute": async | store | trappable,
        "spin:key-value/key-value.[drop]store": trappable,
        default: trappable,
    },
    with: {
        "spin:sqlite/sqlite.connection": crate::sqlite::GuestConnection,
        "spin:key-value/key-value.store": crate::key_value::GuestStore,
    },
});
