"""One module for each kind of object that an account holds."""
