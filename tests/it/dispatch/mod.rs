mod dispatch;
mod list_mail;
