# The sandbox's tool, where the image is Debian's and the job is root.
if [ '$[[ inputs.install-sandbox ]]' = true ] && ! command -v bwrap > /dev/null && command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -q && apt-get install -q -y --no-install-recommends bubblewrap
fi
