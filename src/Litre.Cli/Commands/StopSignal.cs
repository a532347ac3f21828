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

    /// <param name="message">Said on stderr at the first signal; null for nothing.</param>
    public StopSignal(string? message = null)
    {
        _message = message;
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
        if (_message is not null) Console.Error.WriteLine($"litre: {_message}");
        _source.Cancel();
    }
}
