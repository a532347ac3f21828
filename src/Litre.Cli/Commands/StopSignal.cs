using System.Runtime.InteropServices;
using Litre.Cli.Errors;

namespace Litre.Cli.Commands;

/// <summary>
/// SIGINT, SIGTERM and SIGHUP (a closed terminal) while a command works: the first asks it to stop at a good place, the next
/// ends the program at once. Where nothing is worth saving yet, the first does so too.
/// </summary>
internal sealed partial class StopSignal : IDisposable
{
    private const string Library = "libc";
    private const int HangUp = 1;

    // `timeout` and shells send a signal twice at once, to the process and to its group; nobody presses a key that fast.
    private const int SameSignalMs = 200;

    // A terminal that closes hangs up twice, by the shell and by the kernel, and a session's end adds a SIGTERM.
    private const int SameHangUpMs = 2000;

    // A registration that nothing refers to ends by itself.
    private static readonly List<PosixSignalRegistration> Over = [];

    private readonly CancellationTokenSource _source = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly Lock _gate = new();
    private readonly Action<string> _log;
    private long _firstAt = -1;
    private bool _firstWasHangUp;
    private bool _isOver;
    private volatile bool _exitsImmediately;

    /// <param name="message">Said at the first signal; null for nothing.</param>
    /// <param name="log">Where it is said; stderr where null.</param>
    public StopSignal(string? message = null, Action<string>? log = null)
    {
        Message = message;
        _log = log ?? (text => Console.Error.WriteLine($"litre: {text}"));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle));
        // What was started with nohup stays deaf to it.
        if (!IsIgnored(HangUp))
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Handle));
    }

    /// <summary>Said at the first signal; null for nothing.</summary>
    public string? Message { get; set; }

    /// <summary>Where <see cref="Message"/> is said in place of where it was at first; null for there.</summary>
    public Action<string>? Log { get; set; }

    /// <summary>Whether the first signal ends the program, since nothing would be lost by it.</summary>
    public bool ExitsImmediately
    {
        get => _exitsImmediately;
        set => _exitsImmediately = value;
    }

    /// <summary>Called before the program ends by a first signal: removes what was begun, and says how to start again.</summary>
    public Action? Exiting { get; set; }

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    /// <summary>For <see cref="Exiting"/>, where there is nothing to remove.</summary>
    public static void WriteStopped() => Console.Error.WriteLine("litre: stopped");

    /// <summary>Throws what the program reports as stopped, if it was asked to.</summary>
    /// <exception cref="OperationCanceledException">A signal came.</exception>
    public void ThrowIfRequested() => _source.Token.ThrowIfCancellationRequested();

    /// <summary>
    /// The work is done. The signals stay taken until the program has ended, a few milliseconds later: one that comes now must
    /// not make a failure of what is complete.
    /// </summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isOver = true;
            Over.AddRange(_registrations);
        }
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        var isHangUp = context.Signal == PosixSignal.SIGHUP;
        lock (_gate)
        {
            var now = Environment.TickCount64;
            if (_firstAt >= 0)
            {
                if (now - _firstAt >= (isHangUp || _firstWasHangUp ? SameHangUpMs : SameSignalMs))
                    Exit();
                return;
            }
            (_firstAt, _firstWasHangUp) = (now, isHangUp);
            if (_isOver)
                return;
            if (_exitsImmediately)
            {
                try
                {
                    Exiting?.Invoke();
                }
                finally
                {
                    Exit();
                }
            }
        }
        // Asked before it is said: a terminal that stands still must not keep the command from stopping.
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // the work ended at this very moment
        }
        if (Message is { } message)
            (Log ?? _log)(message);
    }

    // Not through the runtime's own end, which waits for threads that compute.
    private static void Exit() => ExitNow(ExitCode.Cancelled);

    private static bool IsIgnored(int signal)
    {
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
            return line is not null && (Convert.ToUInt64(line[7..].Trim(), 16) >> (signal - 1) & 1) != 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return false;
        }
    }

    [LibraryImport(Library, EntryPoint = "_exit")]
    private static partial void ExitNow(int code);
}
