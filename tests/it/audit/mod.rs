mod export_audit;
mod list_audit;
mod one_list;
mod report_activity;
