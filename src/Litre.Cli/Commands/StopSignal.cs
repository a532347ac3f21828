using System.Runtime.InteropServices;

namespace Litre.Cli.Commands;

/// <summary>
/// SIGINT and SIGTERM while a command works: the first asks it to stop at a good place, the next ends the program at once.
/// </summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly string? _message;
    private readonly Action<string> _say;

    /// <param name="message">Said at the first signal; null for nothing.</param>
    /// <param name="say">Where it is said; stderr where null.</param>
    public StopSignal(string? message = null, Action<string>? say = null)
    {
        _message = message;
        _say = say ?? (text => Console.Error.WriteLine($"litre: {text}"));
        _registrations = [PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle), PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle)];
    }

    public CancellationToken Token => _source.Token;

    public bool IsRequested => _source.IsCancellationRequested;

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (IsRequested) Environment.Exit(ExitCode.Cancelled);
        context.Cancel = true;
        if (_message is not null) _say(_message);
        _source.Cancel();
    }
}
