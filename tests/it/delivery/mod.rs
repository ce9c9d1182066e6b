mod list_deliveries;
mod retry_delivery;
