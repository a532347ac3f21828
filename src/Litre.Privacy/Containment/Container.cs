using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Litre.Core;
using Litre.Privacy.Native;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Containment;

/// <summary>Runs commands without a network and observes what they ask for.</summary>
/// <param name="self">The command that runs <see cref="EntryStage"/>; the mode, the channel and the command follow.</param>
/// <param name="means">What the machine allows.</param>
public sealed class Container(IReadOnlyList<string> self, ProofMeans means)
{
    private const int AdoptOrphans = 36; // PR_SET_CHILD_SUBREAPER
    private const string None = "-";
    private const string End = "--";

    /// <summary>Runs a command to its end, with all processes that it starts.</summary>
    /// <exception cref="InputException">A program cannot be started, or the trace failed.</exception>
    /// <exception cref="OperationCanceledException">Canceled; the processes were ended.</exception>
    public async Task<ContainedResult> RunAsync(ContainedCommand command, CancellationToken cancel = default)
    {
        // A process whose parent has ended stays a descendant, whose memory may be read under Yama's rules.
        _ = Libc.Control(AdoptOrphans, 1);
        var log = new TraceLog();
        using var channel = means.Observation == Observation.Trace ? new TraceChannel() : null;
        await using var output = command.OutputFile is { } file ? new StreamWriter(file) : null;
        var clock = Stopwatch.StartNew();
        using var process = Start(Words(command, channel?.Path ?? None), command.Variables, output);
        var trace = Task.Factory.StartNew(
            () => channel?.Trace(log, () => process.HasExited),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        try
        {
            // A trace that failed would leave the command waiting for answers.
            if (await Task.WhenAny(process.WaitForExitAsync(cancel), trace) == trace && trace.IsFaulted)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await trace;
            throw;
        }
        var time = clock.Elapsed;
        return new ContainedResult(process.ExitCode, time, log) { Gap = await trace };
    }

    /// <summary>The whole command line: namespace, filter, command, and for a server its own filter.</summary>
    internal IReadOnlyList<string> Words(ContainedCommand command, string channel)
    {
        var loopback = means.HasNamespace ? EntryMode.Loopback : EntryMode.Plain;
        // The program that asks a server connects, so that only a trace can contain both.
        var isApart = command.Server is not null && means.Observation == Observation.Filter;
        var mode =
            means.Observation == Observation.Trace ? EntryMode.Trace
            : means.Observation == Observation.Filter && !isApart ? EntryMode.Filter
            : EntryMode.Plain;
        return
        [
            .. means.HasNamespace ? NetworkNamespace.Prefix : [],
            .. Entry(mode | loopback, channel),
            .. command.Words,
            .. command.Server is null ? [] : (string[])[End],
            .. isApart ? Entry(EntryMode.Server, None) : [],
            .. command.Server ?? [],
        ];
    }

    private IEnumerable<string> Entry(EntryMode mode, string channel) =>
        [.. self, ((int)mode).ToString(CultureInfo.InvariantCulture), channel, End];

    private static Process Start(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> variables, StreamWriter? output)
    {
        var start = new ProcessStartInfo(words[0])
        {
            RedirectStandardInput = output is not null,
            RedirectStandardOutput = output is not null,
            RedirectStandardError = output is not null,
        };
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        foreach (var (name, value) in variables)
            start.Environment[name] = value;
        try
        {
            var process = Process.Start(start)!;
            if (output is null)
                return process;
            process.StandardInput.Close();
            process.OutputDataReceived += Write;
            process.ErrorDataReceived += Write;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new InputException($"{words[0]}: cannot be started ({e.Message})", e);
        }

        void Write(object sender, DataReceivedEventArgs line)
        {
            if (line.Data is not { } text)
                return;
            lock (output)
                output.WriteLine(text);
        }
    }
}
