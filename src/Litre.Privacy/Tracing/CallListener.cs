using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Privacy.Native;

namespace Litre.Privacy.Tracing;

/// <summary>
/// Answers the calls that a filter asks about. The process that made a call waits until it is answered; a call that may run is made by the
/// kernel afterwards, so a hostile process could change an address in between. Only a network namespace prevents that.
/// </summary>
internal sealed unsafe class CallListener : IDisposable
{
    private const nuint Receive = 0xC0502100;
    private const nuint Send = 0xC0182101;
    private const nuint IsValid = 0x40082102;
    private const uint Continue = 1;
    private const int WaitMs = 200; // how soon the end of the command is noticed where the kernel does not report it

    // The kernel's struct seccomp_notif with its struct seccomp_data.
    [StructLayout(LayoutKind.Sequential)]
    private struct Question
    {
        public ulong Id;
        public int Process;
        public uint Flags;
        public int Number;
        public uint Architecture;
        public ulong Instruction;
        public fixed ulong Arguments[6];
    }

    // The kernel's struct seccomp_notif_resp.
    [StructLayout(LayoutKind.Sequential)]
    private struct Reply
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }

    private readonly int _descriptor;
    private readonly KernelTable _kernel = KernelTable.Current;

    /// <param name="descriptor">That of a filter, which this object closes.</param>
    public CallListener(int descriptor) => _descriptor = descriptor;

    /// <summary>Answers until all processes under the filter have ended.</summary>
    /// <param name="log">Receives what they ask for.</param>
    /// <param name="isAbandoned">Asked several times a second; true ends the listening although processes may be left.</param>
    /// <returns>Whether all processes have ended.</returns>
    /// <exception cref="InputException">The kernel reports an error.</exception>
    public bool Run(TraceLog log, Func<bool> isAbandoned)
    {
        while (!isAbandoned())
        {
            var entry = new PollEntry { Descriptor = _descriptor, Wanted = PollEntry.Readable };
            var ready = Libc.Poll(&entry, 1, WaitMs);
            if (ready < 0 && Libc.LastError != ErrorNumber.Interrupted)
                throw Failure("waiting for a call");
            if (ready <= 0)
                continue;
            if ((entry.Found & PollEntry.Readable) != 0)
                Answer(log);
            else if ((entry.Found & (PollEntry.HungUp | PollEntry.Failed)) != 0)
                return true;
        }
        return false;
    }

    public void Dispose() => Libc.Close(_descriptor);

    private void Answer(TraceLog log)
    {
        var question = default(Question);
        if (Libc.DeviceControl(_descriptor, Receive, &question) != 0)
        {
            // The process was killed or interrupted before the call was read.
            if (Libc.LastError is ErrorNumber.NoEntry or ErrorNumber.Interrupted)
                return;
            throw Failure("reading a call");
        }
        var tracee = new LinuxTracee(question.Process);
        var reading = _kernel.CallOf(question.Number) is { } call
            ? CallDecoder.Decode(call, new ReadOnlySpan<ulong>(question.Arguments, 6), tracee)
            : CallReading.Nothing;
        // If the process has ended meanwhile, its ID and memory may be those of another one.
        var id = question.Id;
        if (Libc.DeviceControl(_descriptor, IsValid, &id) != 0)
            return;
        log.Add(reading, () => tracee.Program);
        var reply = new Reply
        {
            Id = id,
            Error = -reading.Error,
            Flags = reading.Error == 0 ? Continue : 0,
        };
        if (Libc.DeviceControl(_descriptor, Send, &reply) != 0 && Libc.LastError is not (ErrorNumber.NoEntry or ErrorNumber.Interrupted))
            throw Failure("answering a call");
    }

    private static InputException Failure(string what) => new($"the trace of system calls failed: {what}: {Libc.Describe(Libc.LastError)}");
}
