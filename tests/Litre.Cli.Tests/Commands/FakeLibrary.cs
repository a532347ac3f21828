using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Litre.Cli.Tests.Commands;

/// <summary>
/// The smallest shared library that passes for libtorch_cpu.so: an ELF file (gABI, chapters 4 and 5) of one segment that
/// exports the dispatcher, and a function that answers the interface's version. For the machine that the test runs on.
/// </summary>
internal static class FakeLibrary
{
    private const int HeaderBytes = 64;
    private const int SegmentHeaderBytes = 56;
    private const int SymbolBytes = 24;
    private const int Segments = 3;

    public static byte[] Libtorch(int major, int minor, string dispatcher = "torch_call_dispatcher")
    {
        var arm64 = RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64;
        var code = arm64 ? Arm64(major, minor) : X64(major, minor);
        var names = Encoding.ASCII.GetBytes($"\0{dispatcher}\0aoti_torch_abi_version\0");

        const int Hash = HeaderBytes + Segments * SegmentHeaderBytes;
        const int Symbols = Hash + 24;
        const int Names = Symbols + 3 * SymbolBytes;
        var dynamic = Align(Names + names.Length);
        long[] tags = [4, Hash, 5, Names, 6, Symbols, 10, names.Length, 11, SymbolBytes, 0, 0]; // HASH, STRTAB, SYMTAB, STRSZ, SYMENT, NULL
        var text = dynamic + tags.Length * sizeof(long);
        var file = new byte[text + code.Length];

        "\u007fELF\u0002\u0001\u0001"u8.CopyTo(file);
        Put16(file, 16, 3); // shared object
        Put16(file, 18, arm64 ? 183 : 62);
        Put32(file, 20, 1);
        Put64(file, 32, HeaderBytes); // segment headers
        Put16(file, 52, HeaderBytes);
        Put16(file, 54, SegmentHeaderBytes);
        Put16(file, 56, Segments);
        PutSegment(file, 0, type: 1, flags: 7, at: 0, file.Length, alignment: 0x10000); // LOAD
        PutSegment(file, 1, type: 2, flags: 6, dynamic, tags.Length * sizeof(long), alignment: 8); // DYNAMIC
        PutSegment(file, 2, type: 0x6474e551, flags: 6, at: 0, bytes: 0, alignment: 16); // GNU_STACK: not executable

        // One bucket with both symbols in a chain.
        int[] hash = [1, 3, 1, 0, 2, 0];
        for (var i = 0; i < hash.Length; i++)
            Put32(file, Hash + 4 * i, hash[i]);
        PutSymbol(file, Symbols + SymbolBytes, name: 1, text);
        PutSymbol(file, Symbols + 2 * SymbolBytes, name: 1 + dispatcher.Length + 1, text);
        names.CopyTo(file, Names);
        for (var i = 0; i < tags.Length; i++)
            Put64(file, dynamic + sizeof(long) * i, tags[i]);
        code.CopyTo(file, text);
        return file;
    }

    private static byte[] X64(int major, int minor)
    {
        byte[] code = [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xc3]; // mov rax, version; ret
        Put64(code, 2, (long)major << 56 | (long)minor << 48);
        return code;
    }

    private static byte[] Arm64(int major, int minor)
    {
        var code = new byte[8];
        Put32(code, 0, unchecked((int)(0xd2e00000u | (uint)(major << 8 | minor) << 5))); // movz x0, version, lsl 48
        Put32(code, 4, unchecked((int)0xd65f03c0u)); // ret
        return code;
    }

    private static void PutSegment(byte[] file, int index, int type, int flags, int at, int bytes, int alignment)
    {
        var header = HeaderBytes + index * SegmentHeaderBytes;
        Put32(file, header, type);
        Put32(file, header + 4, flags);
        foreach (var field in (int[])[8, 16, 24])
            Put64(file, header + field, at); // in the file, and in memory
        foreach (var field in (int[])[32, 40])
            Put64(file, header + field, bytes);
        Put64(file, header + 48, alignment);
    }

    private static void PutSymbol(byte[] file, int at, int name, int value)
    {
        Put32(file, at, name);
        file[at + 4] = 0x12; // global function
        Put16(file, at + 6, 1); // in a section, whichever
        Put64(file, at + 8, value);
    }

    private static int Align(int at) => (at + 15) & ~15;

    private static void Put16(byte[] file, int at, int value) => BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(at), (short)value);

    private static void Put32(byte[] file, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(at), value);

    private static void Put64(byte[] file, int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(at), value);
}
