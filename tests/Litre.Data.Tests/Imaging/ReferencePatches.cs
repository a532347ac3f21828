using System.Buffers.Binary;
using System.Text.Json;
using Shared;

namespace Litre.Data.Tests.Imaging;

/// <summary>The few tensors of the reference image file, read without the project's own reader.</summary>
internal static class ReferencePatches
{
    public static (long[] Grid, byte[] Patches) Read(string name)
    {
        var file = File.ReadAllBytes(Repository.Reference("images/expected.safetensors"));
        var header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var document = JsonDocument.Parse(file.AsMemory(8, header));
        var grid = Slice($"{name}.grid_thw");
        return (
            Enumerable.Range(0, 3).Select(i => BinaryPrimitives.ReadInt64LittleEndian(grid.AsSpan(i * 8))).ToArray(),
            Slice($"{name}.patches_u8")
        );

        byte[] Slice(string key)
        {
            var offsets = document.RootElement.GetProperty(key).GetProperty("data_offsets");
            return file[(8 + header + offsets[0].GetInt32())..(8 + header + offsets[1].GetInt32())];
        }
    }
}
