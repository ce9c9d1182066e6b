mod list_audit;
