using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Privacy.Native;

namespace Litre.Privacy.Filters;

/// <summary>Installs a filter for the calling thread and the program that it executes. It cannot be removed.</summary>
internal static unsafe class FilterInstaller
{
    /// <summary>The reason if there is such a filter already.</summary>
    internal const string Supervised = "another program already supervises the system calls of this one, and the kernel allows only one";

    private const int SetNoNewPrivileges = 38;
    private const int SetModeFilter = 1;
    private const int NewListener = 1 << 3;

    // The kernel's struct sock_fprog.
    [StructLayout(LayoutKind.Sequential)]
    private struct Program
    {
        public ushort Length;
        public BpfInstruction* Instructions;
    }

    /// <summary>Installs it. Any user may, because the program cannot gain privileges afterwards.</summary>
    /// <param name="filter">The instructions.</param>
    /// <param name="withListener">Whether a process is to be asked about calls.</param>
    /// <returns>The listener's descriptor, or 0 without one.</returns>
    /// <exception cref="InputException">The kernel refuses.</exception>
    public static int Install(BpfInstruction[] filter, bool withListener)
    {
        fixed (BpfInstruction* instructions = filter)
        {
            var program = new Program { Length = (ushort)filter.Length, Instructions = instructions };
            var flags = withListener ? NewListener : 0;
            if (Libc.Control(SetNoNewPrivileges, 1) == 0)
            {
                var result = Libc.Call(KernelTable.Current.FilterCall, SetModeFilter, flags, &program);
                if (result >= 0)
                    return (int)result;
            }
        }
        var error = Libc.LastError;
        throw new InputException(
            error == ErrorNumber.Busy ? Supervised : $"the kernel refuses a filter of system calls ({Libc.Describe(error)})"
        );
    }
}
