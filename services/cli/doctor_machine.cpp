#include <fftw3.h>
#include <google/protobuf/stubs/common.h>
#include <hdf5.h>
#include <hwy/highway.h>
#include <hwy/targets.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <zmq.hpp>

#include "common/config/version.h"
#include "common/wire/address.h"
#include "services/cli/doctor_checks.h"

namespace slicecast::cli {
namespace {

std::string first_line(const std::filesystem::path& path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// A figure in kB of /proc/meminfo, in MiB; 0: not there.
std::int64_t meminfo_mib(const std::string& key) {
  std::ifstream file("/proc/meminfo");
  for (std::string name, rest; file >> name; std::getline(file, rest))
    if (name == key + ":") {
      std::int64_t kilobytes = 0;
      file >> kilobytes;
      return kilobytes / 1024;
    }
  return 0;
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

std::string limit_text(rlim_t limit) {
  return limit == RLIM_INFINITY ? "unlimited" : std::to_string(limit);
}

// Of the library that is loaded, not of the headers.
std::string hdf5_version() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(release);
}

// "fftw-3.3.10-sse2-avx" without its name.
std::string fftw_version() {
  const std::string text = fftwf_version;
  const auto dash = text.find('-');
  return dash == std::string::npos ? text : text.substr(dash + 1);
}

}  // namespace

Findings check_versions() {
  int major = 0, minor = 0, patch = 0;
  zmq_version(&major, &minor, &patch);
  utsname system{};
  uname(&system);
  const std::string zmq =
      std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
  Findings findings = {
      {Health::good,
       "versions",
       std::string("slicecast ") + config::version() + ", ZeroMQ " + zmq + ", protobuf " +
           google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION) + ", HDF5 " +
           hdf5_version() + ", FFTW " + fftw_version() + ", Highway " + std::to_string(HWY_MAJOR) +
           "." + std::to_string(HWY_MINOR) + ", " + system.sysname + " " + system.release,
       {}}};
  if (zmq_has("curve") == 0)
    findings.push_back(
        {Health::note, "encryption", "this ZeroMQ cannot do CURVE",
         "install Debian's libzmq5 if services shall be reached from other machines"});
  return findings;
}

Findings check_processor() {
  const auto targets = hwy::SupportedTargets();
  std::string names;
  // Better targets have lower bits.
  for (std::int64_t bit = 1; bit != 0 && bit <= targets && bit > 0; bit <<= 1)
    if ((targets & bit) != 0)
      names += (names.empty() ? "" : ", ") + std::string(hwy::TargetName(bit));
  const int cores = usable_cores();
  Findings findings = {{Health::good,
                        "processor",
                        std::to_string(cores) + " cores, vector instructions " + names,
                        {}}};
  if ((targets & (HWY_AVX2 | HWY_AVX3 | HWY_AVX3_DL | HWY_NEON | HWY_SVE)) == 0)
    findings.push_back({Health::note, "processor", "has no AVX2, reconstruction will be slow",
                        "use a machine of 2013 or later, or let the virtual machine pass the "
                        "processor's features on"});
  std::istringstream quota(first_line("/sys/fs/cgroup/cpu.max"));
  double allowed = 0, period = 0;
  if (quota >> allowed >> period && period > 0 && allowed / period < cores)
    findings.push_back({Health::note, "processor",
                        "a quota allows " + std::to_string(allowed / period) + " of these cores",
                        "set threads at the top of the configuration to what is allowed"});
  return findings;
}

Findings check_limits() {
  Findings findings;
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  constexpr rlim_t kFewFiles = 256, kGoodFiles = 1024;
  Finding open{Health::good, "open files", "limit " + limit_text(files.rlim_cur), {}};
  if (files.rlim_cur < kGoodFiles) {
    open.health = files.rlim_cur < kFewFiles ? Health::bad : Health::note;
    open.remedy = "raise it: ulimit -n 4096, or LimitNOFILE=4096 in the systemd unit";
  }
  findings.push_back(open);
  rlimit locked{};
  getrlimit(RLIMIT_MEMLOCK, &locked);
  findings.push_back({Health::good,
                      "locked memory",
                      "limit " + limit_text(locked.rlim_cur) + " bytes; nothing is locked",
                      {}});
  rlimit cores{};
  getrlimit(RLIMIT_NPROC, &cores);
  constexpr rlim_t kFewProcesses = 128;
  if (cores.rlim_cur < kFewProcesses)
    findings.push_back({Health::bad, "processes", "limit " + limit_text(cores.rlim_cur),
                        "raise it: ulimit -u 4096; threads count as processes"});
  return findings;
}

Findings check_memory(std::int64_t budget_mib) {
  std::int64_t available = meminfo_mib("MemAvailable");
  std::string where = "available";
  std::int64_t group = 0;
  if (std::istringstream(first_line("/sys/fs/cgroup/memory.max")) >> group &&
      group / (1 << 20) < available) {
    available = group / (1 << 20);
    where = "allowed in this container";
  }
  constexpr std::int64_t kLeast = 1024;
  Finding finding{Health::good, "memory", std::to_string(available) + " MiB " + where, {}};
  if (budget_mib > 0) finding.text += ", configured " + std::to_string(budget_mib) + " MiB";
  if (available < kLeast || available < budget_mib) {
    finding.health = Health::bad;
    finding.remedy = "free some, or lower memory in [projection] and [slice]";
  }
  return {finding};
}

Findings check_huge_pages(const std::filesystem::path& setting) {
  const std::string line = first_line(setting);
  const auto open = line.find('['), end = line.find(']');
  const std::string mode = open == std::string::npos || end == std::string::npos
                               ? std::string()
                               : line.substr(open + 1, end - open - 1);
  if (mode == "always" || mode == "madvise")
    return {{Health::good, "huge pages", "transparent huge pages: " + mode, {}}};
  return {{Health::note, "huge pages",
           mode.empty() ? "the system does not tell" : "transparent huge pages: " + mode,
           "reconstruction is faster with them: echo madvise | sudo tee " + setting.string()}};
}

Findings check_clock() {
  timex state{};
  const int answer = adjtimex(&state);
  if (answer < 0)
    return {{Health::note, "clock", "the system does not tell whether it is synchronised",
             "run chrony or systemd-timesyncd on machines that share a system"}};
  if (answer == TIME_ERROR || (state.status & STA_UNSYNC) != 0)
    return {{Health::note, "clock", "not synchronised",
             "ages across machines are corrected by a measured offset; chrony makes it small"}};
  return {{Health::good,
           "clock",
           "synchronised, error at most " + std::to_string(state.maxerror / 1000) + " ms",
           {}}};
}

Findings check_directories(const std::filesystem::path& state_directory) {
  Findings findings;
  const auto runtime = wire::runtime_directory();
  if (runtime.empty())
    findings.push_back({Health::note, "runtime folder",
                        "no folder for ipc sockets that is ours alone",
                        "links use TCP then; set XDG_RUNTIME_DIR to a folder of mode 0700"});
  else
    findings.push_back({Health::good, "runtime folder", runtime.string(), {}});
  // The nearest ancestor that is there decides whether it can be made.
  auto folder = state_directory;
  std::error_code failure;
  while (!std::filesystem::exists(folder, failure) && folder.has_parent_path() &&
         folder != folder.parent_path())
    folder = folder.parent_path();
  if (access(folder.c_str(), W_OK | X_OK) == 0)
    findings.push_back({Health::good, "state folder", state_directory.string(), {}});
  else
    findings.push_back({Health::bad, "state folder",
                        state_directory.string() + " cannot be written",
                        "set state_directory to a folder that can be written"});
  return findings;
}

}  // namespace slicecast::cli
