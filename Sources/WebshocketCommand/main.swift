print("webshocket")
