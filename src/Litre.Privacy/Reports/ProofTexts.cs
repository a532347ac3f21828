using Litre.Privacy.Containment;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Reports;

/// <summary>What a proof means, in sentences.</summary>
internal static class ProofTexts
{
    /// <param name="means">What the machine allowed.</param>
    /// <param name="hasServer">Whether a server was part of it.</param>
    public static IEnumerable<string> Meaning(ProofMeans means, bool hasServer)
    {
        yield return means.HasNamespace
            ? "The commands ran in a network namespace whose only interface is the loopback interface: there was "
                + "no way to another machine."
            : "The commands ran with this machine's network, because a network namespace was not possible.";
        yield return means.Observation switch
        {
            Observation.Trace =>
                "Every system call that uses a socket, changes a file or starts a program was recorded, in all processes and "
                    + "threads. Calls that leave the machine were refused.",
            Observation.Filter =>
                "A filter ended every process that created a socket of a network. It does not tell which address was asked for, "
                    + "or which files were changed.",
            _ => "The system calls were not observed, so attempts to leave the machine and changed files are not known.",
        };
        if (means is { HasNamespace: false, Observation: Observation.Trace })
            yield return "Addresses were checked before each call. A program that changes an address while it is checked could get around "
                + "that; only a network namespace prevents it.";
        if (hasServer && means.Observation == Observation.Filter)
            yield return "The server's sockets could accept connections only; an attempt to connect failed, and is not listed. The "
                + "client that asked it ran outside of the filter.";
    }

    public static string Describe(FileAction action) =>
        action switch
        {
            FileAction.Create => "created",
            FileAction.Write => "written",
            FileAction.RenameFrom => "renamed away",
            FileAction.RenameTo => "renamed to this",
            FileAction.Delete => "deleted",
            FileAction.MakeFolder => "made as a folder",
            FileAction.MakeLink => "made as a link",
            _ => "not known",
        };
}
