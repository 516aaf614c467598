"""One frame, and what is done to planes: sizes, colours, light, masks laid over them."""
