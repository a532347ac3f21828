using System.Runtime.InteropServices;

namespace Litre.Torch.Loading;

/// <summary>The system loader with its flags, which <see cref="NativeLibrary"/> does not offer.</summary>
internal static partial class DynamicLibrary
{
    private const int Now = 0x2;
    private const int Global = 0x100;

    /// <summary>Loads a library by full path; returns 0 and the loader's own reason if that fails.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="shared">True to let later libraries bind to its symbols.</param>
    /// <param name="reason">The loader's message; empty on success.</param>
    public static nint Open(string path, bool shared, out string reason)
    {
        // Also called before: the runtime binds dlerror at its first call, and binding it clears the message.
        _ = Dlerror();
        var handle = Dlopen(path, shared ? Now | Global : Now);
        reason = handle != 0 ? "" : Marshal.PtrToStringUTF8(Dlerror()) ?? "unknown loader error";
        return handle;
    }

    public static void Close(nint handle) => _ = Dlclose(handle);

    [LibraryImport(ImportResolver.SystemLoader, EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Dlopen(string path, int flags);

    [LibraryImport(ImportResolver.SystemLoader, EntryPoint = "dlerror")]
    private static partial nint Dlerror();

    [LibraryImport(ImportResolver.SystemLoader, EntryPoint = "dlclose")]
    private static partial int Dlclose(nint handle);
}
