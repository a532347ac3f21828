using System.Globalization;
using Litre.Privacy.Containment;
using Litre.Privacy.Filters;

namespace Litre.Privacy.Trials;

/// <summary>What the user can allow where the system forbids a part of the proof.</summary>
internal static class Allowances
{
    private const string Restricted = "kernel.apparmor_restrict_unprivileged_userns";
    private const string Cloning = "kernel.unprivileged_userns_clone";
    private const string Maximum = "user.max_user_namespaces";
    private const string Yama = "kernel.yama.ptrace_scope";

    private static readonly string[] ContainerMarks = ["/.dockerenv", "/run/.containerenv"];

    /// <summary>For a network namespace.</summary>
    /// <param name="reason">Why there is none.</param>
    public static string Namespace(string reason)
    {
        if (reason == NetworkNamespace.NotInstalled)
            return "install util-linux with the system's package manager";
        if (ContainerMarks.Any(File.Exists))
            return "start the container with `--cap-add=SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined`, "
                + "or run this command outside of it";
        if (Setting(Restricted) is > 0)
            return $"allow it until the next start of the machine with `sudo sysctl {Restricted}=0`, or run this command as root";
        if (Setting(Cloning) is 0)
            return $"allow it until the next start of the machine with `sudo sysctl {Cloning}=1`, or run this command as root";
        if (Setting(Maximum) is 0)
            return $"allow it until the next start of the machine with `sudo sysctl {Maximum}=1000`, or run this command as root";
        return "run this command as root";
    }

    /// <summary>For a trace.</summary>
    /// <param name="reason">Why there is none.</param>
    public static string Trace(string reason)
    {
        if (reason == FilterInstaller.Supervised)
            return "do not start this command from a program that traces system calls";
        if (Setting(Yama) is > 1)
            return $"allow it with `sudo sysctl {Yama}=1`, or run this command as root";
        return ContainerMarks.Any(File.Exists)
            ? "start the container with `--security-opt seccomp=unconfined --cap-add=SYS_PTRACE`, or run this command outside of it"
            : "use Linux 5.9 or newer";
    }

    private static int? Setting(string name)
    {
        try
        {
            var text = File.ReadAllText("/proc/sys/" + name.Replace('.', '/'));
            return int.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
