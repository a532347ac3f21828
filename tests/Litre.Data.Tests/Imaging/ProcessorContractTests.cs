using Litre.Core;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Model.Families.Qwen3Vl;
using Shared;

namespace Litre.Data.Tests.Imaging;

public sealed class ProcessorContractTests
{
    [Theory]
    [InlineData("""{"image_mean": [0.48145466, 0.4578275, 0.40821073]}""", "image_mean is [0.48145466, 0.4578275, 0.40821073]")]
    [InlineData("""{"image_std": [0.26862954, 0.26130258, 0.27577711]}""", "image_std is [0.26862954, 0.26130258, 0.27577711]")]
    [InlineData("""{"image_mean": 0.4}""", "image_mean is [0.4]")]
    [InlineData("""{"rescale_factor": 0.00784313725490196}""", "rescale_factor is 0.00784313725490196")]
    [InlineData("""{"rescale_factor": 1}""", "rescale_factor is 1")]
    [InlineData("""{"do_rescale": false}""", "do_rescale is false")]
    [InlineData("""{"do_normalize": false}""", "do_normalize is false")]
    [InlineData("""{"do_resize": false}""", "do_resize is false")]
    [InlineData("""{"do_center_crop": true}""", "do_center_crop is true")]
    [InlineData("""{"resample": 2}""", "resample is 2")]
    [InlineData("""{"image_processor_type": "CLIPImageProcessor"}""", "image_processor_type is CLIPImageProcessor")]
    [InlineData("""{"size": {"height": 448, "width": 448}}""", "size is {")]
    public void Load_OtherPixelsThanComputed_IsRefusedByFileAndValue(string settings, string said)
    {
        foreach (
            var (name, text) in (ReadOnlySpan<(string, string)>)
                [
                    (ProcessorFiles.ImageName, settings),
                    (ProcessorFiles.VideoName, settings),
                    (ProcessorFiles.BothName, $$"""{"image_processor": {{settings}}}"""),
                    (ProcessorFiles.BothName, $$"""{"video_processor": {{settings}}}"""),
                ]
        )
        {
            using var folder = new TemporaryFolder();
            folder.Write(name, text);
            var message = Assert.Throws<InputException>(() => ProcessorOptions.Load(folder.Path, Qwen3VlFormat.Instance.Images!)).Message;
            Assert.Contains(name, message);
            Assert.Contains(said, message);
        }
    }

    [Theory]
    [InlineData("""{"patch_size": 14}""", "patch_size is 14")]
    [InlineData("""{"merge_size": 1}""", "merge_size is 1")]
    [InlineData("""{"num_frames": 8}""", "num_frames is 8")]
    [InlineData("""{"do_sample_frames": false}""", "do_sample_frames is false")]
    public void Load_VideosUnlikeImages_AreRefused(string settings, string said)
    {
        using var folder = new TemporaryFolder();
        folder.Write(ProcessorFiles.VideoName, settings);
        Assert.Contains(
            said,
            Assert.Throws<InputException>(() => ProcessorOptions.Load(folder.Path, Qwen3VlFormat.Instance.Images!)).Message
        );
    }

    [Fact]
    public void Load_SettingsAsTransformersWritesThem_AreTaken()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            ProcessorFiles.BothName,
            """
            {"image_processor": {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "rescale_factor": 0.00392156862745098,
             "do_resize": true, "do_rescale": true, "do_normalize": true, "do_convert_rgb": true, "do_center_crop": null, "resample": 3,
             "patch_size": 16, "merge_size": 2, "image_processor_type": "Qwen2VLImageProcessorFast",
             "size": {"longest_edge": 400000, "shortest_edge": 65536}},
             "video_processor": {"fps": 1, "num_frames": null, "do_sample_frames": true, "patch_size": 16,
              "video_processor_type": "Qwen3VLVideoProcessor"}}
            """
        );
        var options = ProcessorOptions.Load(folder.Path, Qwen3VlFormat.Instance.Images!);
        Assert.Equal((400000, 1.0), (options.MaximumPixels, options.VideoFramesPerSecond));
    }

    [Fact]
    public void Load_EncoderOfACheckpointWithAnotherMean_IsRefused()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(DataAssets.At("tiny")))
            File.Copy(file, folder.File(Path.GetFileName(file)));
        folder.Write(ProcessorFiles.ImageName, """{"image_mean": [0.48, 0.46, 0.41]}""");
        Assert.Contains(
            "image_mean is [0.48, 0.46, 0.41]",
            Assert.Throws<InputException>(() => SampleEncoder.Load(Qwen3VlFormat.Instance, folder.Path)).Message
        );
    }
}
