using System.Globalization;
using System.Text;
using System.Text.Json;
using Litre.Torch;
using Litre.Torch.Loading;
using Spectre.Console;

namespace Litre.Cli.Rendering;

/// <summary>Prints where libtorch was searched for, which one is used, and the devices it runs on.</summary>
internal static class EngineReport
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    public static void Write(
        IAnsiConsole console,
        LibtorchInfo? loaded,
        IReadOnlyList<LoadAttempt> attempts,
        IReadOnlyList<CudaDeviceInfo> devices
    )
    {
        console.Line("Places searched for libtorch, in order of preference:");
        var width = attempts.Max(attempt => (int?)attempt.Source.Length) ?? 0;
        foreach (var attempt in attempts)
        {
            console.Markup(attempt.Taken ? "  [green]*[/] " : "  - ");
            console.Line($"{attempt.Source.PadRight(width)}  {OptionText.Render(attempt.Outcome)}");
            if (attempt.Place.Length > 0)
                console.Line($"      {attempt.Place}");
        }
        console.Line("");
        if (loaded is not null)
        {
            console.Line(
                $"libtorch  {loaded.Version} for {(loaded.HasCuda ? "CUDA and CPU" : "the CPU")}, interface {loaded.InterfaceVersion}"
            );
            console.Line($"used as   {OptionText.Render(loaded.Reason)}");
        }
        console.Line($"driver    {(CudaDriver.CudaVersion is { } cuda ? $"CUDA {cuda}" : OptionText.Render(CudaDriver.Reason))}");
        foreach (var device in devices)
        {
            var free = CudaDriver.FreeBytes(device) is { } bytes ? Terminal.GiB(bytes) : "unknown";
            var memory = device.IsIntegrated ? "shared with the CPU" : "dedicated";
            console.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cuda:{device.Index, -4} {device.Name}, compute {device.ComputeCapability}, "
                        + $"{device.Multiprocessors} multiprocessors, memory {Terminal.GiB(device.TotalBytes)} ({memory}), free {free}"
                )
            );
        }
        if (MachineMemory.TotalBytes() is { } total && MachineMemory.AvailableBytes() is { } available)
            console.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"cpu       {Environment.ProcessorCount} cores, memory {Terminal.GiB(total)}, available {Terminal.GiB(available)}"
                )
            );
    }

    public static void WriteJson(
        TextWriter output,
        LibtorchInfo? loaded,
        IReadOnlyList<LoadAttempt> attempts,
        IReadOnlyList<CudaDeviceInfo> devices
    )
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            WriteProperties(json, loaded, attempts, devices);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }

    /// <summary>Writes the engine's properties into an object that is being written.</summary>
    internal static void WriteProperties(
        Utf8JsonWriter json,
        LibtorchInfo? loaded,
        IReadOnlyList<LoadAttempt> attempts,
        IReadOnlyList<CudaDeviceInfo> devices
    )
    {
        WriteLibtorch(json, loaded);
        json.WriteStartArray("attempts");
        foreach (var attempt in attempts)
        {
            json.WriteStartObject();
            json.WriteString("source", attempt.Source);
            json.WriteString("place", attempt.Place);
            json.WriteString("outcome", OptionText.Render(attempt.Outcome));
            json.WriteBoolean("taken", attempt.Taken);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("driver_cuda", CudaDriver.CudaVersion);
        json.WriteStartArray("devices");
        foreach (var device in devices)
            WriteDevice(json, device);
        json.WriteEndArray();
    }

    private static void WriteLibtorch(Utf8JsonWriter json, LibtorchInfo? loaded)
    {
        if (loaded is null)
        {
            json.WriteNull("libtorch");
            return;
        }
        json.WriteStartObject("libtorch");
        json.WriteString("folder", loaded.Folder);
        json.WriteString("source", loaded.Source);
        json.WriteString("version", loaded.Version);
        json.WriteString("interface", loaded.InterfaceVersion);
        json.WriteBoolean("cuda", loaded.HasCuda);
        json.WriteEndObject();
    }

    private static void WriteDevice(Utf8JsonWriter json, CudaDeviceInfo device)
    {
        json.WriteStartObject();
        json.WriteNumber("index", device.Index);
        json.WriteString("name", device.Name);
        json.WriteString("compute_capability", device.ComputeCapability);
        json.WriteNumber("multiprocessors", device.Multiprocessors);
        json.WriteNumber("total_bytes", device.TotalBytes);
        if (CudaDriver.FreeBytes(device) is { } free)
            json.WriteNumber("free_bytes", free);
        else
            json.WriteNull("free_bytes");
        json.WriteBoolean("integrated", device.IsIntegrated);
        json.WriteEndObject();
    }
}
