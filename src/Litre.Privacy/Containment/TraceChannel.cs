using System.Net.Sockets;
using Litre.Core;
using Litre.Privacy.Native;
using Litre.Privacy.Tracing;

namespace Litre.Privacy.Containment;

/// <summary>Receives the filter of a contained command and answers its calls. One thread works in it.</summary>
internal sealed class TraceChannel : IDisposable
{
    private const int AcceptMicroseconds = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20); // for processes that outlive the command, such as the governor

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("litre-privacy-");
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <exception cref="InputException">The name of the folder for temporary files is too long for a socket.</exception>
    public TraceChannel()
    {
        try
        {
            _socket.Bind(new UnixDomainSocketEndPoint(Path));
        }
        catch (ArgumentException e)
        {
            Dispose();
            throw new InputException($"{Path}: too long for the name of a socket; set TMPDIR to a folder with a shorter name", e);
        }
        _socket.Listen(1);
    }

    /// <summary>The Unix socket.</summary>
    public string Path => System.IO.Path.Combine(_folder.FullName, "s");

    /// <summary>Answers calls until all processes of the command have ended.</summary>
    /// <param name="log">Receives what they ask for.</param>
    /// <param name="hasEnded">Whether the command itself has ended.</param>
    /// <returns>Why the trace is not complete; null if it is.</returns>
    /// <exception cref="InputException">The kernel reports an error.</exception>
    public string? Trace(TraceLog log, Func<bool> hasEnded)
    {
        while (!_socket.Poll(AcceptMicroseconds, SelectMode.SelectRead))
        {
            if (hasEnded())
                return NotStarted;
        }
        using var connection = _socket.Accept();
        var descriptor = DescriptorPassing.Receive((int)connection.Handle);
        if (descriptor < 0)
            return NotStarted;
        using var listener = new CallListener(descriptor);
        long? endedAt = null;
        var isComplete = listener.Run(
            log,
            () =>
            {
                if (endedAt is null && hasEnded())
                    endedAt = Environment.TickCount64;
                return endedAt is { } at && Environment.TickCount64 - at > Patience.TotalMilliseconds;
            }
        );
        return isComplete ? null : $"a process outlived the command by {Patience.TotalSeconds:0} s and was not traced further";
    }

    /// <summary>The reason if the filter was never installed.</summary>
    public const string NotStarted = "the trace did not start";

    public void Dispose()
    {
        _socket.Dispose();
        _folder.Delete(recursive: true);
    }
}
