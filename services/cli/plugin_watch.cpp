#include "services/cli/plugin_watch.h"

#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <utility>

#include "common/base/thread_name.h"
#include "common/config/option.h"

namespace slicecast::cli {
namespace {

// How the line of a plugin that hangs begins, in its /healthz and in its status.
constexpr const char* kHangingLine = "hanging";
constexpr const char* kHealthFact = "health";

// The plugin itself, or what a script of that process started: a child leads its own group.
bool is_process(const v1::Service& service, pid_t pid) {
  const auto told = static_cast<pid_t>(service.pid());
  return told == pid || (told > 0 && service.host() == wire::host_id() && getpgid(told) == pid);
}

Result<std::unique_ptr<Client>> client_for(const WatchedPlugin& plugin,
                                           std::chrono::milliseconds answer) {
  config::Settings settings(client_options());
  for (const auto& [name, value] : {std::pair("hub", plugin.hub), {"curve", plugin.curve}})
    if (auto ok = settings.set(name, value); !ok) return ok.error();
  if (auto ok = settings.set("timeout", 1e-3 * static_cast<double>(answer.count())); !ok)
    return ok.error();
  return Client::create(settings);
}

}  // namespace

Result<std::unique_ptr<PluginWatch>> PluginWatch::create(const std::vector<WatchedPlugin>& plugins,
                                                         Timing timing) {
  std::unique_ptr<PluginWatch> made(new PluginWatch(timing));
  std::map<std::pair<std::string, std::string>, Hub*> by_hub;
  for (const auto& plugin : plugins) {
    Hub*& hub = by_hub[{plugin.hub, plugin.curve}];
    if (hub == nullptr) {
      auto client = client_for(plugin, timing.answer);
      if (!client) return client.error();
      hub = made->hubs_.emplace_back(std::make_unique<Hub>()).get();
      hub->client = *std::move(client);
    }
    hub->children.push_back(plugin.child);
    made->watched_[plugin.child] = {plugin.child, plugin.service, -1, false, {}};
  }
  for (auto& hub : made->hubs_)
    hub->thread = std::jthread(
        [it = made.get(), at = hub.get()](const std::stop_token& stop) { it->watch(*at, stop); });
  return made;
}

PluginWatch::~PluginWatch() {
  for (auto& hub : hubs_) hub->thread.request_stop();
}

void PluginWatch::started(const std::string& child, pid_t pid) {
  std::lock_guard lock(mutex_);
  if (const auto found = watched_.find(child); found != watched_.end())
    found->second.pid = pid, found->second.was_there = false;
}

void PluginWatch::ended(const std::string& child) {
  started(child, -1);
}

std::vector<PluginWatch::Hung> PluginWatch::take_hung() {
  std::lock_guard lock(mutex_);
  return std::exchange(hung_, {});
}

void PluginWatch::watch(Hub& hub, const std::stop_token& stop) {
  name_thread("plugin watch");
  std::mutex mutex;
  std::condition_variable_any pause;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    pause.wait_for(lock, stop, timing_.period, [] { return false; });
    if (stop.stop_requested()) return;
    // A hub that is away says nothing about plugins: then nobody is judged.
    const auto services = hub.client->services();
    if (!services) {
      std::lock_guard guard(mutex_);
      for (const auto& child : hub.children) watched_[child].well = Clock::now();
      continue;
    }
    for (const auto& child : hub.children)
      if (!stop.stop_requested()) look(hub, child, *services);
  }
}

void PluginWatch::look(Hub& hub, const std::string& child,
                       const std::vector<v1::Service>& services) {
  Watched seen;
  {
    std::lock_guard lock(mutex_);
    seen = watched_[child];
  }
  if (seen.pid <= 0) return;
  const auto found = std::ranges::find_if(services, [&](const v1::Service& service) {
    return service.name() == seen.service && is_process(service, seen.pid);
  });
  if (found == services.end()) {
    if (seen.was_there) judge(child, seen.pid, false, false, "its lease at the hub has ended");
    return;
  }
  v1::Request request;
  request.mutable_get_status();
  request.set_role(v1::OBSERVE);
  const auto reply = hub.client->ask(*found, std::move(request));
  if (!reply) return judge(child, seen.pid, false, false, "it does not answer");
  const auto& facts = reply->status().facts();
  const auto health = facts.find(kHealthFact);
  const std::string line = health == facts.end() ? "" : health->second;
  const bool hangs = line.starts_with(kHangingLine);
  judge(child, seen.pid, !hangs, hangs, line);
}

void PluginWatch::judge(const std::string& child, pid_t pid, bool well, bool at_once,
                        const std::string& why) {
  std::lock_guard lock(mutex_);
  Watched& watched = watched_[child];
  if (watched.pid != pid) return;  // another process meanwhile
  const auto now = Clock::now();
  if (well || !watched.was_there) watched.well = now;
  watched.was_there = true;
  if (well || (!at_once && now - watched.well < timing_.silence)) return;
  hung_.push_back({child, pid, why});
  watched.pid = -1;  // told once
}

}  // namespace slicecast::cli
