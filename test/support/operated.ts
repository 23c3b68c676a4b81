import { connectOperator } from './operator.ts';
import type { Operator } from './operator.ts';
import { createProduct } from './product.ts';
import type { Product } from './product.ts';
import type { RunningUp } from './running-up.ts';

/** The product at work, and somebody who has its Temporal UI open. */
export interface Operated {
  readonly weft: Product;
  readonly up: RunningUp;
  readonly operator: Operator;
  readonly end: () => Promise<void>;
}

/** Nothing is left when it fails. */
export async function startOperated(): Promise<Operated> {
  const weft = createProduct('source');
  try {
    const up = await weft.start();
    const operator = await connectOperator(weft.ready().temporal);
    return {
      weft,
      up,
      operator,
      end: async () => {
        await operator.close();
        await weft.stop();
      },
    };
  } catch (error) {
    await weft.stop();
    throw error;
  }
}
