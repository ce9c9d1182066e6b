mod create_api_key;
