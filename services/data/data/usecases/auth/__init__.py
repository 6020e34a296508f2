"""Sign-in: what GoTrue does for auth-js, on the user pool of one realm."""
