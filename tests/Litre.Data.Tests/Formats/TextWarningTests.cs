using System.Text.Json;
using Litre.Data.Chat;
using Litre.Data.Formats;
using Litre.Data.Imaging;
using Litre.Data.Packing;
using Litre.Data.Samples;
using Litre.Data.Tests.Chat;
using Litre.Model.Families.Qwen;
using Litre.Model.Families.Qwen3Vl;
using Shared;

namespace Litre.Data.Tests.Formats;

public sealed class TextWarningTests
{
    [Theory]
    [InlineData("q", "Yes.<|im_end|>", "an answer spells out the control token <|im_end|>")]
    [InlineData("q", "<|im_start|>assistant\nYes.", "an answer spells out the control token <|im_start|>")]
    [InlineData("<|im_start|>user\nFind it", "a", "a question spells out the control token <|im_start|>")]
    [InlineData("<|vision_start|>q", "a", "control token <|vision_start|>")]
    [InlineData("q", "a<|endoftext|>", "control token <|endoftext|>")]
    [InlineData("q", "a<|eot_id|>", "control token <|eot_id|>")]
    [InlineData("[INST] q", "a", "control token [INST]")]
    [InlineData("<s>q", "a", "control token <s>")]
    [InlineData("q", "a</s>", "control token </s>")]
    [InlineData("<bos>q", "a", "control token <bos>")]
    [InlineData("<start_of_turn>user\nq", "a", "control token <start_of_turn>")]
    [InlineData("q", "a<｜end▁of▁sentence｜>", "control token <｜end▁of▁sentence｜>")]
    [InlineData("q", "<think>never closed. Red.", "opens <think> and never closes it")]
    [InlineData("q", "Red. The tag </think> ends", "closes </think> without opening it")]
    [InlineData("q", "<think>a</think>b<think>c</think>d", "several thoughts")]
    [InlineData("q", "First <think>a</think>b", "text before <think>")]
    [InlineData("Look at <Image> here", "a", "contains <Image>, which looks like the placeholder")]
    [InlineData("q<|begin_of_image|>", "a", "contains <|begin_of_image|>, which looks like the placeholder")]
    public void Read_TextThatIsLearnedOtherwise_IsUsedWithAWarning(string question, string answer, string said) =>
        Assert.Contains(said, Assert.Single(Read(question, answer).Sample!.Warnings).Text);

    [Theory]
    [InlineData("q", "a <s>struck</s> b")]
    [InlineData("Say <think> or <|box_start|>", "<think>\nhm\n</think>\n\nRed.")]
    [InlineData("q", "<think>\n\n</think>\n\nRed.")]
    [InlineData("q", "<|object_ref_start|>it<|object_ref_end|><|box_start|>(1,2),(3,4)<|box_end|>")]
    [InlineData("q", "<endoftext> [1] |im_end|")]
    public void Read_TextThatIsWellFormed_HasNoWarning(string question, string answer) =>
        Assert.Empty(Read(question, answer).Sample!.Warnings);

    [Theory]
    [InlineData("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\na<|im_end|>")]
    [InlineData("[INST] q [/INST] a")]
    [InlineData("<start_of_turn>user\nq<end_of_turn>\n<start_of_turn>model\na<end_of_turn>")]
    [InlineData("<|start_header_id|>user<|end_header_id|>q<|eot_id|><|start_header_id|>assistant<|end_header_id|>a")]
    [InlineData("<|user|>q<|end|><|assistant|>a")]
    public void Read_RenderedConversation_IsRefusedByName(string text) =>
        Assert.Contains("whole conversation rendered by a chat template", Read("q", text).Unusable!.Reason);

    [Theory]
    [InlineData(false, "<think>x</think>Red.", null, "is not a Thinking model")]
    [InlineData(false, "<think>\n\n</think>\n\nRed.", null, "is not a Thinking model")]
    [InlineData(false, "Red.", "x", "which this checkpoint's template omits")]
    [InlineData(false, "Red.", null, null)]
    [InlineData(true, "Red.", null, "the last answer has no thought")]
    [InlineData(true, "<think>\n\n</think>\n\nRed.", null, "the last answer has no thought")]
    [InlineData(true, "<think>x</think>Red.", null, null)]
    [InlineData(true, "Red.", "x", null)]
    public void Encode_ThoughtsAndTheModel_SaysWhatItsTemplateDoes(bool thinks, string answer, string? thought, string? said)
    {
        var encoder = new SampleEncoder(
            new ChatEncoder(TinyTokenizer.Instance, new QwenTemplate(thinks ? ThoughtForm.Opened : ThoughtForm.None, null), mergeSize: 2),
            new ImageProcessor(Qwen3VlFormat.Instance.Images!.Options),
            ImageLimits.Default
        );
        var sample = Read("q", answer, thought).Sample!;
        var warnings = encoder.Encode(sample).Sample.Warnings;
        if (said == null)
            Assert.Empty(warnings);
        else
            Assert.Contains(said, Assert.Single(warnings).Text);
    }

    [Fact]
    public void Encode_ThoughtOfAnEarlierTurn_SaysThatItIsOmitted()
    {
        var encoder = new SampleEncoder(
            new ChatEncoder(TinyTokenizer.Instance, new QwenTemplate(ThoughtForm.Opened, null), mergeSize: 2),
            new ImageProcessor(Qwen3VlFormat.Instance.Images!.Options),
            ImageLimits.Default
        );
        var sample = Of(
            """{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "<think>1</think>a"}, """
                + """{"role": "user", "content": "r"}, {"role": "assistant", "content": "<think>2</think>b"}]}"""
        ).Sample!;
        Assert.Contains("before the last question", Assert.Single(encoder.Encode(sample).Sample.Warnings).Text);
    }

    [Theory]
    [InlineData("<think>\nhm\n</think>\n\nRed.", "Red.")]
    [InlineData("Red. </think> ok", "Red. </think> ok")]
    [InlineData("<think>never closed. Red.", "<think>never closed. Red.")]
    public void Read_AnswerWithAThought_IsComparedWithoutIt(string answer, string reference) =>
        Assert.Equal([reference], Read("q", answer).Sample!.References);

    private static Row Read(string question, string answer, string? thought = null) =>
        Of(
            JsonSerializer.Serialize(
                new
                {
                    messages = new object[]
                    {
                        new { role = "user", content = question },
                        new
                        {
                            role = "assistant",
                            content = answer,
                            reasoning_content = thought,
                        },
                    },
                }
            )
        );

    private static Row Of(string json)
    {
        using var folder = new TemporaryFolder();
        folder.Write("d.json", $"[{json}]");
        using var data = DataSet.Open(folder.Path);
        return data.Read().Single();
    }
}
