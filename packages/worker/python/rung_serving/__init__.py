"""The Python side of Rung's model server. It needs nothing but the standard library until a model is loaded."""
