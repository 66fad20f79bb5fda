zones = {
  a = { public = "10.0.0.0/24", private = "10.0.16.0/20" }
  b = { public = "10.0.1.0/24", private = "10.0.32.0/20" }
  c = { public = "10.0.2.0/24", private = "10.0.48.0/20", nat = false }
}
peak = 10
