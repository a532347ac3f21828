using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Litre.Model;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Inference.Features;

/// <summary>Identifies everything except the image that determines the features of a vision tower.</summary>
internal static class VisionFingerprint
{
    /// <summary>
    /// SHA-256, in hexadecimal, of the vision tower's weights, configuration and type, of libtorch's version, of Litre's own kernels if
    /// they are used, and of the kind of processor. Reads all weights.
    /// </summary>
    public static string Of(CausalModel model)
    {
        var tower = model.VisionTower ?? throw new ArgumentException($"{model.Config.ModelType} has no vision tower");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var c = ModelSample.RequireVision(model.Config);
        Add(
            string.Create(
                CultureInfo.InvariantCulture,
                $"tower 2: {c.Depth} {c.HiddenSize} {c.Heads} {c.IntermediateSize} {c.PatchSize} "
                    + $"{c.TemporalPatchSize} {c.SpatialMergeSize} {c.OutHiddenSize} {c.NumPositionEmbeddings} {c.InChannels} "
            )
        );
        Add(string.Join(',', c.DeepstackVisualIndexes));
        Add(
            $" {model.DType.Name()} {model.Device.Type} {RuntimeInformation.ProcessArchitecture} "
                + $"{Libtorch.Load().Version} {ModelKernels.Fingerprint(model.DType, model.Device, model.Kernels.Options)}\n"
        );
        foreach (var parameter in tower.Parameters)
        {
            using var scope = new TensorScope();
            var host = parameter.Dequantize().To(model.Device.Host).Contiguous();
            Add($"{parameter.Key} {Shape.Text(host.Sizes)}\n");
            AddElements(host);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));

        unsafe void AddElements(Tensor host)
        {
            const int Block = 1 << 26;
            for (var start = 0L; start < host.Bytes; start += Block)
                hash.AppendData(new ReadOnlySpan<byte>((byte*)host.DataPointer + start, (int)Math.Min(Block, host.Bytes - start)));
        }
    }
}
