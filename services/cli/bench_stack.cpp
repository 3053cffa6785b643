#include "services/cli/bench_stack.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <future>
#include <iterator>
#include <mutex>
#include <sstream>

namespace slicecast::cli {
namespace {

constexpr std::chrono::seconds kLongestStackStart{20};
constexpr std::chrono::milliseconds kLook{50};  // between looks whether a child has died

Result<std::unique_ptr<Client>> client_of(const std::string& hub) {
  config::Settings settings(client_options());
  if (auto ok = settings.set("hub", hub); !ok) return ok.error();
  return Client::create(settings);
}

}  // namespace

Result<ProcessUse> process_use(pid_t pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream stat(folder + "/stat");
  std::string line;
  std::getline(stat, line);
  // The name in brackets may hold blanks; fields 14 and 15 are user and system time in ticks.
  std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  double user = 0, system = 0;
  if (!(fields >> user >> system))
    return Error{Errc::unavailable, "process " + std::to_string(pid) + " has ended; see its log"};
  ProcessUse use;
  use.cpu_s = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  std::ifstream status(folder + "/status");
  while (std::getline(status, line)) {
    std::istringstream words(line);
    std::string name;
    double kib = 0;
    words >> name >> kib;
    if (name == "VmRSS:") use.resident_mib = kib / 1024;
    if (name == "VmHWM:") use.peak_mib = kib / 1024;
  }
  return use;
}

Result<std::unique_ptr<BenchStack>> BenchStack::start() {
  auto folder = TemporaryDirectory::create();
  if (!folder) return folder.error();
  std::unique_ptr<BenchStack> stack(new BenchStack(*std::move(folder)));
  const auto port = free_port();
  if (!port) return port.error();
  stack->hub_ = "tcp://127.0.0.1:" + std::to_string(*port);
  auto hub =
      ChildProcess::start({"hub",
                           {(program_folder() / "slicecast-hub").string(), "--control-port",
                            std::to_string(*port), "--metrics-port", "0", "--log-level", "error"}});
  if (!hub) return hub.error();
  stack->children_.push_back({"hub", *std::move(hub)});
  auto client = client_of(stack->hub_);
  if (!client) return client.error();
  stack->client_ = *std::move(client);
  return stack;
}

BenchStack::~BenchStack() {
  for (auto& child : children_) child.process.signal(SIGTERM);
  while (!children_.empty()) {
    children_.back().process.wait();
    children_.pop_back();
  }
}

Result<v1::Service> BenchStack::add(const std::string& kind, int threads,
                                    std::vector<std::string> options, int nice) {
  ChildSpec spec{kind, {(program_folder() / ("slicecast-" + kind)).string()}, nice};
  for (const std::string& word :
       {std::string("--hub"), hub_, std::string("--control-port"), std::string("0"),
        std::string("--metrics-port"), std::string("0"), std::string("--log-level"),
        std::string("error"), std::string("--threads"), std::to_string(threads),
        std::string("--state-directory"), folder().string()})
    spec.arguments.push_back(word);
  // Promises are about the processor unless a row says otherwise.
  const bool computes = kind == "projection" || kind == "slice";
  if (computes && std::ranges::find(options, "--backend") == options.end())
    options.insert(options.end(), {"--backend", "cpu"});
  std::ranges::move(options, std::back_inserter(spec.arguments));
  auto process = ChildProcess::start(spec);
  if (!process) return process.error();
  children_.push_back({kind, *std::move(process)});

  std::promise<void> there;
  std::once_flag once;
  auto follower = wire::Follower::create(
      client_->context(), hub_, kind, "control",
      [&](const auto&, const auto&, auto) { std::call_once(once, [&] { there.set_value(); }); });
  if (!follower) return follower.error();
  const auto announced = there.get_future();
  const auto end = std::chrono::steady_clock::now() + kLongestStackStart;
  while (announced.wait_for(kLook) != std::future_status::ready) {
    if (const auto ending = children_.back().process.poll())
      return Error{Errc::unavailable, "slicecast-" + kind + " ended with " + ending->text() +
                                          "; its message is above"};
    if (std::chrono::steady_clock::now() > end)
      return Error{Errc::deadline_exceeded,
                   "slicecast-" + kind + " did not announce itself at the hub"};
  }
  return client_->find(kind);
}

void BenchStack::end(const std::string& kind) {
  const auto found = std::ranges::find(children_, kind, &Child::kind);
  if (found == children_.end()) return;
  found->process.signal(SIGTERM);
  found->process.signal(SIGCONT);
  found->process.wait();
  children_.erase(found);
}

pid_t BenchStack::pid(const std::string& kind) const {
  const auto found = std::ranges::find(children_, kind, &Child::kind);
  return found == children_.end() ? -1 : found->process.pid();
}

}  // namespace slicecast::cli
