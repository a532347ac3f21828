using System.Globalization;
using Litre.Machine.Governing;

namespace Litre.Machine.Doctor;

/// <summary>Links to other machines, from the kernel's files under <c>sys/class</c>.</summary>
public static class NetworkCheck
{
    private const int Loopback = 772; // ARPHRD_LOOPBACK of linux/if_arp.h
    private const int Fast = 100_000; // Mb/s from which two machines could work as one
    private const string OneMachine = "nothing: Litre trains on one machine";

    /// <param name="root">The folder that contains <c>sys</c>: <c>/</c> on a real machine.</param>
    public static IReadOnlyList<Finding> Check(string root) => [Links(root), Rdma(root)];

    private static Finding Links(string root)
    {
        var links = Folders(Path.Combine(root, "sys/class/net"))
            // Interfaces without a device are virtual: bridges, tunnels, containers.
            .Where(link => Number(link, "type") != Loopback && Directory.Exists(Path.Combine(link, "device")))
            .ToList();
        var up = links.Where(link => First(link, "operstate") == "up").ToList();
        if (up.Count == 0)
            return new Finding(
                FindingGroup.Network,
                "links",
                FindingLevel.Ok,
                links.Count == 0 ? "no network device" : $"none of {links.Count} is up; nothing here needs one"
            );
        return new Finding(
            FindingGroup.Network,
            "links",
            FindingLevel.Ok,
            string.Join(", ", up.Select(Describe)) + (links.Count > up.Count ? $"; {links.Count - up.Count} more down" : "")
        );
    }

    private static Finding Rdma(string root)
    {
        var ports = Folders(Path.Combine(root, "sys/class/infiniband"))
            .SelectMany(device => Folders(Path.Combine(device, "ports")).Select(port => (Device: device, Port: port)))
            .ToList();
        if (ports.Count == 0)
            return new Finding(
                FindingGroup.Network,
                "interconnect",
                FindingLevel.Note,
                "no ConnectX or other RDMA device: this machine cannot be connected to a second one",
                OneMachine
            );
        // 4: ACTIVE; 100 Gb/sec (4X EDR)
        var active = ports.Where(p => First(p.Port, "state")?.Contains("ACTIVE", StringComparison.Ordinal) == true).ToList();
        var names = string.Join(
            ", ",
            (active.Count > 0 ? active : ports).Select(p =>
                $"{Path.GetFileName(p.Device)} port {Path.GetFileName(p.Port)} "
                + $"({(Number(p.Device, "device/vendor") == 0x15b3 ? "ConnectX, " : "")}{First(p.Port, "rate") ?? "rate unknown"})"
            )
        );
        return active.Count > 0
            ? new Finding(
                FindingGroup.Network,
                "interconnect",
                FindingLevel.Ok,
                $"RDMA is up: {names}; Litre trains on one machine and does not use it yet"
            )
            : new Finding(
                FindingGroup.Network,
                "interconnect",
                FindingLevel.Note,
                $"RDMA device without a link: {names}",
                $"{OneMachine}; to connect machines later, plug in the cable"
            );
    }

    // The kernel reports -1 or nothing for devices without a speed.
    private static string Describe(string link)
    {
        var name = Path.GetFileName(link);
        if (Number(link, "speed") is not { } speed || speed <= 0)
            return name + " (speed unknown)";
        var told = speed >= 1000 ? string.Create(CultureInfo.InvariantCulture, $"{speed / 1000.0:0.#} Gb/s") : $"{speed} Mb/s";
        return $"{name} {told}{(speed >= Fast ? ", fast enough to connect machines" : "")}";
    }

    private static IEnumerable<string> Folders(string path)
    {
        try
        {
            return Directory.Exists(path) ? Directory.GetDirectories(path).Order(StringComparer.Ordinal) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? First(string folder, string file) => MachineSources.Lines(Path.Combine(folder, file)).FirstOrDefault()?.Trim();

    private static long? Number(string folder, string file) =>
        First(folder, file) switch
        {
            { } text
                when text.StartsWith("0x", StringComparison.Ordinal)
                    && long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hexadecimal) =>
                hexadecimal,
            { } text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
            _ => null,
        };
}
