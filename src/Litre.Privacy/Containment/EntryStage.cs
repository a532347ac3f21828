using System.Net.Sockets;
using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Privacy.Filters;
using Litre.Privacy.Native;

namespace Litre.Privacy.Containment;

/// <summary>
/// The process between Litre and a contained command: it installs the filter and then becomes the command. A process of .NET cannot be
/// forked, so this is a start of the program of its own.
/// </summary>
public static unsafe class EntryStage
{
    /// <summary>The exit code if the filter cannot be installed.</summary>
    internal const int NotContained = 126;

    private const int NotFound = 127; // as shells report it
    private const int PipeSignal = 13;

    /// <summary>Becomes the command; returns only if that fails.</summary>
    /// <param name="mode">What to install, as the program itself passes it.</param>
    /// <param name="channel">The Unix socket of the tracer.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <exception cref="InputException">The mode is unknown.</exception>
    public static int Run(string mode, string channel, IReadOnlyList<string> command)
    {
        if (!Enum.TryParse<EntryMode>(mode, out var parts) || command.Count == 0)
            throw new InputException("this command is started by litre privacy, which passes what it needs");
        try
        {
            if (parts.HasFlag(EntryMode.Loopback))
                Loopback.Raise();
        }
        catch (InputException e)
        {
            return Report(e);
        }
        return Become(parts, channel, command);
    }

    // The filter applies to one thread, which becomes the command. The others, which pass the descriptor on, end then.
    private static int Become(EntryMode mode, string channel, IReadOnlyList<string> command)
    {
        var arguments = Texts(command);
        // Never disposed: this process becomes the command, or ends.
        var (installed, passed) = (new ManualResetEventSlim(), new ManualResetEventSlim());
        var (listener, code) = (0, 0);
        var thread = new Thread(() =>
        {
            try
            {
                listener = Install(mode);
            }
            catch (InputException e)
            {
                code = Report(e);
            }
            installed.Set();
            if (code != 0)
                return;
            passed.Wait();
            // .NET ignores it, which the command would inherit.
            Libc.SetSignal(PipeSignal, 0);
            Libc.Execute(*(byte**)arguments, (byte**)arguments);
            Console.Error.WriteLine($"litre: {command[0]}: cannot be started ({Libc.Describe(Libc.LastError)})");
            code = NotFound;
        });
        thread.IsBackground = true;
        thread.Start();
        installed.Wait();
        try
        {
            if (code == 0 && mode.HasFlag(EntryMode.Trace))
                Pass(channel, listener);
        }
        catch (SocketException e)
        {
            return Report(new InputException($"{channel}: the tracer cannot be reached ({e.Message})", e));
        }
        catch (InputException e)
        {
            return Report(e);
        }
        passed.Set();
        thread.Join();
        return code;
    }

    private static int Install(EntryMode mode) =>
        mode switch
        {
            _ when mode.HasFlag(EntryMode.Trace) => FilterInstaller.Install(CallFilters.Trace(KernelTable.Current), withListener: true),
            _ when mode.HasFlag(EntryMode.Filter) => FilterInstaller.Install(CallFilters.Refuse(KernelTable.Current), withListener: false),
            _ when mode.HasFlag(EntryMode.Server) => FilterInstaller.Install(
                CallFilters.RefuseOutgoing(KernelTable.Current),
                withListener: false
            ),
            _ => 0,
        };

    // Without the tracer the command would wait for answers for ever.
    private static void Pass(string channel, int listener)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(channel));
        var error = DescriptorPassing.Send((int)socket.Handle, listener);
        if (error != 0)
            throw new InputException($"the filter cannot be passed to the tracer ({Libc.Describe(error)})");
        _ = Libc.Close(listener);
    }

    private static int Report(InputException failure)
    {
        Console.Error.WriteLine($"litre: {failure.Message}");
        return NotContained;
    }

    // Never freed: the command replaces this process.
    private static nint Texts(IReadOnlyList<string> texts)
    {
        var array = Marshal.AllocCoTaskMem((texts.Count + 1) * sizeof(nint));
        for (var i = 0; i < texts.Count; i++)
            Marshal.WriteIntPtr(array, i * sizeof(nint), Marshal.StringToCoTaskMemUTF8(texts[i]));
        Marshal.WriteIntPtr(array, texts.Count * sizeof(nint), 0);
        return array;
    }
}
