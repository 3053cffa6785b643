#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "common/config/program.h"
#include "services/cli/doctor_checks.h"

namespace slicecast::cli {
namespace {

namespace fs = std::filesystem;

// 0: can be bound; else errno.
int bind_error(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;  // as the services do: connections that linger do not count
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int failure =
      bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  close(fd);
  return failure;
}

// Inodes of the sockets that listen on a port (proc(5), /proc/net/tcp: state 0A is LISTEN).
std::set<std::string> listening_inodes(int port) {
  std::set<std::string> inodes;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      std::istringstream fields(line);
      std::string slot, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      fields >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
          timeout >> inode;
      const auto colon = local.rfind(':');
      if (state == "0A" && colon != std::string::npos &&
          std::strtol(local.c_str() + colon + 1, nullptr, 16) == port)
        inodes.insert("socket:[" + inode + "]");
    }
  }
  return inodes;
}

}  // namespace

std::string listener_of(int port) {
  const auto inodes = listening_inodes(port);
  if (inodes.empty()) return {};
  std::error_code failure;
  for (const auto& process : fs::directory_iterator("/proc", failure)) {
    const std::string pid = process.path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::error_code unreadable;
    for (fs::directory_iterator fd(process.path() / "fd", unreadable), end;
         !unreadable && fd != end; fd.increment(unreadable)) {
      std::error_code gone;
      if (!inodes.contains(fs::read_symlink(fd->path(), gone).string())) continue;
      std::string name;
      std::getline(std::ifstream(process.path() / "comm"), name);
      return name + " (process " + pid + ")";
    }
  }
  return {};
}

std::vector<PortUse> fixed_port_uses() {
  std::vector<PortUse> uses;
  for (const std::string section : {"hub", "source", "projection", "slice"}) {
    const auto ports = config::fixed_ports(section);
    const auto add = [&](const char* what, const char* key, int port) {
      if (port > 0)
        uses.push_back({what + (" of " + section), key + (" in [" + section + "]"), port});
    };
    add("control link", "control_port", ports.control);
    add("raw link", "bulk_port", ports.raw);
    add("recastx dialect", "push_address", ports.raw_recastx);
    add("bulk link", "bulk_port", ports.bulk);
    add("feed", "feed_port", ports.feed);
    add("metrics", "metrics_port", ports.metrics);
  }
  return uses;
}

Findings check_ports(const std::vector<PortUse>& uses) {
  Findings findings;
  int free = 0;
  for (const auto& use : uses) {
    const int failure = bind_error(use.port);
    if (failure == 0) {
      ++free;
      continue;
    }
    const std::string subject = "port " + std::to_string(use.port);
    const std::string who = listener_of(use.port);
    if (failure != EADDRINUSE)
      findings.push_back({Health::bad, subject,
                          "cannot be opened: " + std::string(strerror(failure)),
                          "set " + use.key + " to a port that may be used"});
    else if (who.starts_with("slicecast"))
      findings.push_back({Health::note, subject, "in use by " + who,
                          "a Slicecast is running; stop it before starting another here"});
    else
      findings.push_back({Health::bad, subject,
                          "wanted for the " + use.what + ", in use by " +
                              (who.empty() ? "a process of another user" : who),
                          "stop that one, or set " + use.key + " to another port or 0"});
  }
  findings.insert(findings.begin(), {Health::good,
                                     "ports",
                                     std::to_string(free) + " of " + std::to_string(uses.size()) +
                                         " default ports are free",
                                     {}});
  return findings;
}

}  // namespace slicecast::cli
